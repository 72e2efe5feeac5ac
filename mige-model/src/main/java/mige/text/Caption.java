package mige.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

import mige.task.Instruction;

/**
 * A text as the model was trained to read it: lower case, without {@code . ! " ( ) * # : ; ~}, at most
 * {@value #MAX_WORDS} words; and the words that did not fit.
 *
 * <p>Commas, apostrophes, {@code ? - / % < >} and single tabs or newlines survive. Source: reference ENCODER.md
 * section 10.
 *
 * @param text    the cleaned words
 * @param dropped the words that were cut, in their order; empty when all fitted
 */
public record Caption(String text, List<String> dropped) {

    /** What the text encoder was trained to get at most. A mark glued to words counts with them. */
    public static final int MAX_WORDS = 88;

    /** White space as Python knows it; Java's own {@code \s} is another set. */
    static final String SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

    private static final Pattern PUNCTUATION = Pattern.compile("[.!\"()*#:;~]"), RUN = Pattern.compile(SPACE + "{2,}");

    public Caption {
        dropped = List.copyOf(dropped);
    }

    /** The reference's cleaning, to the letter: what stands behind word {@value #MAX_WORDS} is cut, marks included. */
    public static Caption clean(String text) {
        return cut(tidy(text), MAX_WORDS, false);
    }

    /** The same cleaning, but a cut drops words and never a mark: of the words without one, the last ones go. */
    public static Caption cleanKeepingMarks(String text) {
        return cut(tidy(text), MAX_WORDS, true);
    }

    private static String tidy(String text) {
        String lower = PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" ");
        String line = RUN.matcher(lower).replaceAll(" ");
        int end = line.length(), start = 0;
        while (end > 0 && line.charAt(end - 1) == '\n') end--;
        while (end > 0 && line.charAt(end - 1) == ' ') end--;
        while (start < end && line.charAt(start) == ' ') start++;
        return line.substring(start, end);
    }

    /** The text cut to {@code most} words, words with marks first in line if {@code marksStay}. */
    static Caption cut(String text, int most, boolean marksStay) {
        String[] words = text.split(" ", -1);
        if (words.length <= most) return new Caption(text, List.of());
        int room = most;
        if (marksStay) for (String word : words) if (word.contains(Instruction.MARK)) room--;
        List<String> kept = new ArrayList<>(), dropped = new ArrayList<>();
        for (String word : words) {
            boolean stays = marksStay && word.contains(Instruction.MARK) || room-- > 0;
            (stays ? kept : dropped).add(word);
        }
        return new Caption(String.join(" ", kept), dropped);
    }
}
