package dev.mige4j.eval.embedding;

import java.util.regex.Pattern;

/**
 * What happens to a text before CLIP's tokenizer splits it. Plain English captions have the same ids both ways; HTML,
 * curly quotes, ligatures, full-width forms and control characters do not. Source: docs/specification/evaluation.md
 * section 4.
 */
public enum ClipTextPreparation {

    /**
     * As the tokenizer of the hub (transformers), which MIGE's evaluation uses: NFC, runs of white space to one space,
     * lower case of each code point by itself.
     */
    HUB(0) {
        @Override
        public String prepare(String text) {
            String normal = Ftfy.toNfc(Ftfy.fixSurrogates(text));
            String spaced = WHITESPACE_RUN.matcher(normal).replaceAll(" ");
            StringBuilder lower = new StringBuilder(spaced.length());
            spaced.codePoints().forEach(c -> appendLowerCase(c, lower));
            return lower.toString();
        }
    },

    /**
     * As openai/CLIP, which MagicBrush and InstructPix2Pix use: repaired like ftfy (without its detector of wrong
     * encodings), HTML character references decoded twice, trimmed, runs of white space to one space, lower case.
     */
    OPENAI(Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE) {
        @Override
        public String prepare(String text) {
            String decoded = HtmlCharacterReferences.unescape(HtmlCharacterReferences.unescape(Ftfy.fixText(text)));
            String spaced = WHITESPACE_RUN.matcher(strip(decoded)).replaceAll(" ");
            return lowerCase(strip(spaced));
        }
    };

    /** White space of Unicode. */
    private static final Pattern WHITESPACE_RUN = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final int CAPITAL_SIGMA = 0x3A3, FINAL_SIGMA = 0x3C2, CAPITAL_I_WITH_DOT = 0x130;

    /** Characters of Word_Break MidLetter, MidNumLet and Single_Quote, which do not end a word. */
    private static final String WORD_PUNCTUATION =
            "'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";

    private final Pattern pieces;

    ClipTextPreparation(int flags) {
        pieces = Pattern.compile(
                "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+",
                flags | Pattern.UNICODE_CHARACTER_CLASS);
    }

    /** The text as it is split. */
    public abstract String prepare(String text);

    /** Matches one piece of a prepared text after the other; what lies between them is white space. */
    Pattern pieces() {
        return pieces;
    }

    /** As Python's {@code strip}, whose white space includes U+001C to U+001F. */
    private static String strip(String text) {
        int from = 0, to = text.length();
        while (from < to && isPythonSpace(text.charAt(from))) from++;
        while (to > from && isPythonSpace(text.charAt(to - 1))) to--;
        return text.substring(from, to);
    }

    private static boolean isPythonSpace(char c) {
        return (c >= 0x1C && c <= 0x1F)
                || WHITESPACE_RUN.matcher(String.valueOf(c)).matches();
    }

    private static void appendLowerCase(int codePoint, StringBuilder lower) {
        if (codePoint == CAPITAL_I_WITH_DOT) lower.append("i\u0307");
        else lower.appendCodePoint(Character.toLowerCase(codePoint));
    }

    /**
     * As Python's {@code lower}: a capital sigma at the end of a word becomes a final one. Java's method decides by
     * another rule where a word ends, and takes quadratic time for it.
     */
    private static String lowerCase(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            appendLowerCase(c == CAPITAL_SIGMA && isFinal(text, i) ? FINAL_SIGMA : c, lower);
        }
        return lower.toString();
    }

    /** Whether a cased letter precedes, and none follows, not counting what a word may have between its letters. */
    private static boolean isFinal(String text, int index) {
        int before = index, after = index + 1;
        while (before > 0 && isIgnored(text.codePointBefore(before)))
            before -= Character.charCount(text.codePointBefore(before));
        while (after < text.length() && isIgnored(text.codePointAt(after)))
            after += Character.charCount(text.codePointAt(after));
        return before > 0
                && isCased(text.codePointBefore(before))
                && !(after < text.length() && isCased(text.codePointAt(after)));
    }

    private static boolean isCased(int codePoint) {
        return Character.isLowerCase(codePoint) || Character.isUpperCase(codePoint) || Character.isTitleCase(codePoint);
    }

    private static boolean isIgnored(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT,
                    Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL -> true;
            default -> WORD_PUNCTUATION.indexOf(codePoint) >= 0;
        };
    }
}
