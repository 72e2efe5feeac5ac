package dev.mige4j.text;

import dev.mige4j.task.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Text cleaned as in training: lower case, without {@code . ! " ( ) * # : ; ~}, truncated to {@value #MAX_WORDS} words.
 *
 * <p>Commas, apostrophes, {@code ? - / % < >} and single tabs or newlines are kept. Source:
 * docs/specification/encoder.md section 10.
 *
 * @param text the cleaned text
 * @param droppedWords the truncated words in their order; empty if all fit
 */
public record Caption(String text, List<String> droppedWords) {

    /** Largest number of words in training. A placeholder without spaces around it counts with its neighbours. */
    public static final int MAX_WORDS = 88;

    /** Whitespace as Python's {@code \s} defines it; Java's {@code \s} is a smaller set. */
    static final String PYTHON_WHITESPACE =
            "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

    private static final Pattern PUNCTUATION = Pattern.compile("[.!\"()*#:;~]"),
            WHITESPACE_RUN = Pattern.compile(PYTHON_WHITESPACE + "{2,}");

    public Caption {
        droppedWords = List.copyOf(droppedWords);
    }

    /** Cleans exactly like the reference: everything after word {@value #MAX_WORDS} is cut, placeholders included. */
    public static Caption clean(String text) {
        return truncate(normalize(text), MAX_WORDS, false);
    }

    /** Cleans like the reference, but truncation drops only words without a placeholder, the last ones first. */
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

    /** The text truncated to {@code maxWords}; words with a placeholder are kept if {@code keepPlaceholders}. */
    static Caption truncate(String text, int maxWords, boolean keepPlaceholders) {
        String[] words = text.split(" ", -1);
        if (words.length <= maxWords) return new Caption(text, List.of());
        int remaining = maxWords;
        if (keepPlaceholders) for (String word : words) if (word.contains(Instruction.IMAGE_PLACEHOLDER)) remaining--;
        List<String> kept = new ArrayList<>(), droppedWords = new ArrayList<>();
        for (String word : words) {
            boolean keep = (keepPlaceholders && word.contains(Instruction.IMAGE_PLACEHOLDER)) || remaining-- > 0;
            (keep ? kept : droppedWords).add(word);
        }
        return new Caption(String.join(" ", kept), droppedWords);
    }
}
