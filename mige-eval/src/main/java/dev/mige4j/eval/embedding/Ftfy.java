package dev.mige4j.eval.embedding;

import java.text.Normalizer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Repairs text like ftfy 6.3.1, but for its detector of text that was decoded in a wrong encoding: that one is left
 * out, so {@code cafÃ©} stays as it is. Source: docs/specification/evaluation.md section 4.
 */
final class Ftfy {

    private static final Pattern REFERENCE = Pattern.compile("&#?[0-9A-Za-z]{1,24};"),
            C1_CONTROL = Pattern.compile("[\\x80-\\x9F]"),
            LIGATURE = Pattern.compile("[\\u0132\\u0133\\u0149\\u01C4-\\u01CC\\u01F1-\\u01F3\\uFB00-\\uFB06]"),
            WIDE_OR_NARROW = Pattern.compile("[\\u3000\\uFF01-\\uFFEF]"),
            SINGLE_QUOTE = Pattern.compile("[\\u02BC\\u2018-\\u201B]"),
            DOUBLE_QUOTE = Pattern.compile("[\\u201C-\\u201F]"),
            LINE_BREAK = Pattern.compile("\\r\\n|[\\r\\u2028\\u2029\\x85]"),
            LONE_SURROGATE = Pattern.compile("[\\uD800-\\uDFFF]"), // matches code points, so no half of a pair
            TERMINAL_ESCAPE = Pattern.compile("\\x1B\\[[\\p{Nd};]*+[a-zA-Z]"),
            LONG_MARKS = Pattern.compile("\\p{M}{1000}"),
            CONTROL = Pattern.compile("[\\x00-\\x08\\x0B\\x0E-\\x1F\\x7F\\u206A-\\u206F\\uFFF9-\\uFFFC\\uFEFF]+");

    /** Characters by reference, {@code &} and semicolon included. */
    private static final Map<String, String> REFERENCES = references();

    /**
     * Rounds times characters of a text. One round decodes one level of nested references, so hostile texts would need
     * quadratic time; all others are stable after a few rounds.
     */
    private static final long MAX_WORK = 5_000_000;

    private Ftfy() {}

    /** Repairs a text, each of its lines until nothing changes any more. */
    static String fixText(String text) {
        StringBuilder fixed = new StringBuilder(text.length());
        boolean decode = true;
        long work = MAX_WORK;
        for (int from = 0, to; from < text.length(); from = to) {
            int lineBreak = text.indexOf('\n', from);
            to = lineBreak < 0 ? text.length() : lineBreak + 1;
            String line = text.substring(from, to), previous;
            decode = decode && line.indexOf('<') < 0; // from the first line with a tag on, it may be HTML on purpose
            do {
                previous = line;
                line = fixOnce(line, decode);
                work -= line.length();
            } while (!line.equals(previous) && work > 0);
            fixed.append(line);
        }
        return fixed.toString();
    }

    private static String fixOnce(String line, boolean decode) {
        String text = line;
        if (decode && text.indexOf('&') >= 0) text = replace(text, REFERENCE, Ftfy::decodeReference);
        if (text.chars().allMatch(c -> (c >= ' ' && c <= '~') || c == '\n')) return text; // the rest changes nothing
        text = replace(text, C1_CONTROL, c -> HtmlCharacterReferences.windows1252(c.charAt(0)));
        text = replace(text, LIGATURE, Ftfy::letters);
        text = replace(text, WIDE_OR_NARROW, c -> Normalizer.normalize(c, Normalizer.Form.NFKC));
        text = replace(text, SINGLE_QUOTE, c -> "'");
        text = replace(text, DOUBLE_QUOTE, c -> "\"");
        text = replace(text, LINE_BREAK, c -> "\n");
        text = fixSurrogates(text);
        text = replace(text, TERMINAL_ESCAPE, c -> "");
        text = replace(text, CONTROL, c -> "");
        return toNfc(text);
    }

    /** NFC. The JDK needs quadratic time for a run of combining marks, so one of more than 1000 is cut. */
    static String toNfc(String text) {
        StringBuilder normal = new StringBuilder(text.length());
        int from = 0;
        for (Matcher marks = LONG_MARKS.matcher(text); marks.find(); from = marks.end())
            normal.append(Normalizer.normalize(text.substring(from, marks.end()), Normalizer.Form.NFC));
        return normal.append(Normalizer.normalize(text.substring(from), Normalizer.Form.NFC))
                .toString();
    }

    /** Replaces the halves of surrogate pairs that stand alone, which no encoding can store. */
    static String fixSurrogates(String text) {
        return replace(text, LONE_SURROGATE, c -> "\uFFFD");
    }

    private interface Replacement {
        String of(String match);
    }

    private static String replace(String text, Pattern pattern, Replacement replacement) {
        return pattern.matcher(text)
                .replaceAll((MatchResult match) -> Matcher.quoteReplacement(replacement.of(match.group())));
    }

    private static String decodeReference(String reference) {
        String character = REFERENCES.get(reference);
        if (character != null) return character;
        if (reference.charAt(1) != '#') return reference;
        String decoded = HtmlCharacterReferences.unescape(reference);
        return decoded.indexOf(';') >= 0 ? reference : decoded; // such as "&#65x;", of which a part is a number
    }

    /** The letters of a ligature or digraph; that of a long s and a t keeps its long s. */
    private static String letters(String ligature) {
        return ligature.equals("\uFB05") ? "\u017Ft" : Normalizer.normalize(ligature, Normalizer.Form.NFKC);
    }

    private static Map<String, String> references() {
        Map<String, String> references = new HashMap<>();
        HtmlCharacterReferences.names().forEach((name, character) -> {
            if (!name.endsWith(";")) return;
            references.put("&" + name, character);
            String capitals = "&" + name.toUpperCase(Locale.ROOT);
            if (name.equals(name.toLowerCase(Locale.ROOT))
                    && HtmlCharacterReferences.unescape(capitals).equals(capitals))
                references.put(capitals, character.toUpperCase(Locale.ROOT));
        });
        return references;
    }
}
