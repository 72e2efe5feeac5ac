package dev.mige4j.eval.embedding;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decodes HTML character references as Python's {@code html.unescape} does: all 2,231 names of HTML, those without a
 * semicolon included, and numbers. Source: docs/specification/evaluation.md section 4.
 */
final class HtmlCharacterReferences {

    private static final Pattern REFERENCE =
            Pattern.compile("&(#[0-9]++;?|#[xX][0-9a-fA-F]++;?|[^\\t\\n\\f <&#;]{1,32}+;?)");
    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

    /** Characters by name; the names that need a semicolon end with one. */
    private static final Map<String, String> NAMES = readNames();

    private HtmlCharacterReferences() {}

    /** Names and their characters; a name is listed with its semicolon, and without it if it may be left out. */
    static Map<String, String> names() {
        return NAMES;
    }

    /** Replaces each reference once, even if the result is another one. */
    static String unescape(String text) {
        return text.indexOf('&') < 0
                ? text
                : REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(decode(match)));
    }

    private static String decode(MatchResult reference) {
        String content = reference.group(1);
        return content.charAt(0) == '#' ? decodeNumber(content) : decodeName(content);
    }

    private static String decodeNumber(String content) {
        boolean hexadecimal = Character.toLowerCase(content.charAt(1)) == 'x';
        int number = 0;
        for (int i = hexadecimal ? 2 : 1; i < content.length() && content.charAt(i) != ';'; i++) {
            number = number * (hexadecimal ? 16 : 10) + Character.digit(content.charAt(i), 16);
            if (number > Character.MAX_CODE_POINT) break;
        }
        boolean isSurrogate = number >= Character.MIN_SURROGATE && number <= Character.MAX_SURROGATE;
        if (number == 0 || isSurrogate || number > Character.MAX_CODE_POINT) return "\uFFFD";
        if (number >= 0x80 && number <= 0x9F) return windows1252(number);
        return isDropped(number) ? "" : Character.toString(number);
    }

    /** Control characters but for white space, and the code points that will never be characters. */
    private static boolean isDropped(int codePoint) {
        return codePoint <= 0x08
                || codePoint == 0x0B
                || (codePoint >= 0x0E && codePoint <= 0x1F)
                || codePoint == 0x7F
                || (codePoint >= 0xFDD0 && codePoint <= 0xFDEF)
                || (codePoint & 0xFFFE) == 0xFFFE;
    }

    /** The character of a byte from 0x80 to 0x9F in windows-1252; of the five undefined ones the control character. */
    static String windows1252(int value) {
        String decoded = new String(new byte[] {(byte) value}, WINDOWS_1252);
        return decoded.equals("\uFFFD") ? Character.toString(value) : decoded;
    }

    /** The character of the longest name that the content starts with, and the rest. */
    private static String decodeName(String content) {
        String whole = NAMES.get(content);
        if (whole != null) return whole;
        for (int length = content.length() - 1; length > 1; length--) {
            String character = NAMES.get(content.substring(0, length));
            if (character != null) return character + content.substring(length);
        }
        return "&" + content;
    }

    private static Map<String, String> readNames() {
        Map<String, String> names = new HashMap<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                HtmlCharacterReferences.class.getResourceAsStream("html-character-references.txt"),
                StandardCharsets.US_ASCII))) {
            for (String line; (line = lines.readLine()) != null; ) {
                String[] fields = line.split(" ", -1);
                StringBuilder characters = new StringBuilder();
                for (int i = 1; i < fields.length; i++) characters.appendCodePoint(Integer.parseInt(fields[i], 16));
                names.put(fields[0], characters.toString());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }
}
