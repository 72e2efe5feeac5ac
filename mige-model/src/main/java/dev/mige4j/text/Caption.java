package dev.mige4j.text;

import dev.mige4j.task.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A text as the model was trained to read it: lower case, without {@code . ! " ( ) * # : ; ~}, at most
 * {@value #MAX_WORDS} words; and the words that did not fit.
 *
 * <p>Commas, apostrophes, {@code ? - / % < >} and single tabs or newlines survive. Source:
 * docs/specification/encoder.md section 10.
 *
 * @param text the cleaned words
 * @param droppedWords the words that were cut, in their order; empty when all fitted
 */
public record Caption(String text, List<String> droppedWords) {

    /** What the text encoder was trained to get at most. A mark glued to words counts with them. */
    public static final int MAX_WORDS = 88;

    /** White space as Python knows it; Java's own {@code \s} is another set. */
    static final String PYTHON_WHITESPACE =
            "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

    private static final Pattern PUNCTUATION = Pattern.compile("[.!\"()*#:;~]"),
            WHITESPACE_RUN = Pattern.compile(PYTHON_WHITESPACE + "{2,}");

    public Caption {
        droppedWords = List.copyOf(droppedWords);
    }

    /** The reference's cleaning, to the letter: what stands behind word {@value #MAX_WORDS} is cut, marks included. */
    public static Caption clean(String text) {
        return truncate(normalize(text), MAX_WORDS, false);
    }

    /** The same cleaning, but a cut drops words and never a mark: of the words without one, the last ones go. */
    public static Caption cleanKeepingPlaceholders(String text) {
        return truncate(normalize(text), MAX_WORDS, true);
    }

    private static String normalize(String text) {
        String lower = PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" ");
        String normalized = WHITESPACE_RUN.matcher(lower).replaceAll(" ");
        int end = normalized.length(), start = 0;
        while (end > 0 && normalized.charAt(end - 1) == '\n') end--;
        while (end > 0 && normalized.charAt(end - 1) == ' ') end--;
        while (start < end && normalized.charAt(start) == ' ') start++;
        return normalized.substring(start, end);
    }

    /** The text cut to {@code most} words, words with marks first in line if {@code marksStay}. */
    static Caption truncate(String text, int maxWords, boolean keepPlaceholders) {
        String[] words = text.split(" ", -1);
        if (words.length <= maxWords) return new Caption(text, List.of());
        int remaining = maxWords;
        if (keepPlaceholders) for (String word : words) if (word.contains(Instruction.IMAGE_PLACEHOLDER)) remaining--;
        List<String> kept = new ArrayList<>(), droppedWords = new ArrayList<>();
        for (String word : words) {
            boolean keep = keepPlaceholders && word.contains(Instruction.IMAGE_PLACEHOLDER) || remaining-- > 0;
            (keep ? kept : droppedWords).add(word);
        }
        return new Caption(String.join(" ", kept), droppedWords);
    }
}
