package dev.mige4j.text;

import dev.mige4j.common.WeightsException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SentencePiece's precompiled character map: a double-array trie over UTF-8 bytes, with replacements for its keys.
 *
 * <p>Format: length of the trie in bytes (32 bits, little-endian), the trie's units of 32 bits, the zero-terminated
 * replacements. A unit {@code u} has the label {@code u & 0x800000FF}, the leaf flag in bit 8, the offset {@code (u >>
 * 10) << ((u & 0x200) >> 6)} and the leaf value {@code u & 0x7FFFFFFF}. Source: docs/specification/encoder.md section
 * 8, step 3.
 */
final class PrecompiledCharsMap {

    private static final Pattern GRAPHEME = Pattern.compile("\\X", Pattern.DOTALL);
    /** Longer grapheme clusters are normalised character by character. */
    private static final int MAX_GRAPHEME_BYTES = 5;

    private final int[] trie;
    private final byte[] replacements;
    /** ASCII characters that the map does not change. */
    private final boolean[] unchangedAscii = new boolean[128];

    PrecompiledCharsMap(byte[] precompiled, String name) {
        ByteBuffer bytes = ByteBuffer.wrap(precompiled).order(ByteOrder.LITTLE_ENDIAN);
        long size = bytes.remaining() < 4 ? -1 : bytes.getInt() & 0xffffffffL;
        if (size < 4 || size % 4 != 0 || size > bytes.remaining())
            throw new WeightsException(
                    "%s: its character map of %d bytes states a trie of %d bytes; the model is damaged. "
                            + "Download it again.",
                    name, precompiled.length, size);
        trie = new int[(int) size / 4];
        bytes.asIntBuffer().get(trie);
        bytes.position(bytes.position() + (int) size);
        replacements = new byte[bytes.remaining()];
        bytes.get(replacements);
        for (int c = 0; c < 128; c++) unchangedAscii[c] = match(new byte[] {(byte) c}, 0, false) < 0;
    }

    /** Normalises like T5's fast tokenizer: the shortest match at the start of a cluster replaces the whole cluster. */
    String normalizeGraphemes(String text) {
        if (isUnchanged(text)) return text;
        StringBuilder out = new StringBuilder(text.length() + 8);
        Matcher graphemes = GRAPHEME.matcher(text);
        while (graphemes.find()) {
            String grapheme = graphemes.group();
            byte[] bytes = grapheme.getBytes(StandardCharsets.UTF_8);
            long graphemeMatch = bytes.length <= MAX_GRAPHEME_BYTES ? match(bytes, 0, false) : -1;
            if (graphemeMatch >= 0) out.append(replacement(graphemeMatch));
            else
                grapheme.codePoints().forEach(point -> {
                    String character = Character.toString(point);
                    long match = match(character.getBytes(StandardCharsets.UTF_8), 0, false);
                    out.append(match >= 0 ? replacement(match) : character);
                });
        }
        return out.toString();
    }

    /** Normalises like SentencePiece: the longest match is replaced, then matching continues after it. */
    String normalizeLongestPrefix(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + 8);
        for (int i = 0; i < bytes.length; ) {
            long match = match(bytes, i, true);
            if (match >= 0) {
                out.writeBytes(replacement(match).getBytes(StandardCharsets.UTF_8));
                i += (int) (match >>> 32);
            } else {
                do out.write(bytes[i++]);
                while (i < bytes.length && (bytes[i] & 0xC0) == 0x80);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private boolean isUnchanged(String text) {
        for (int i = 0; i < text.length(); i++)
            if (text.charAt(i) >= 128 || !unchangedAscii[text.charAt(i)]) return false;
        return true;
    }

    /**
     * The shortest or longest key that starts at {@code from}: its length in the upper 32 bits, the offset of its
     * replacement in the lower 32; -1 if there is none.
     */
    private long match(byte[] bytes, int from, boolean longest) {
        long match = -1;
        int node = offset(trie[0]);
        for (int i = from; i < bytes.length; i++) {
            int next = bytes[i] & 255;
            node ^= next;
            if (node < 0 || node >= trie.length) break;
            int unit = trie[node];
            if ((unit & 0x800000FF) != next) break;
            node ^= offset(unit);
            if ((unit >>> 8 & 1) == 0) continue;
            if (node < 0 || node >= trie.length) break;
            match = ((long) (i - from + 1) << 32) | (trie[node] & 0x7FFFFFFF);
            if (!longest) break;
        }
        return match;
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 0x200) >>> 6);
    }

    private String replacement(long match) {
        int start = (int) Math.min(match & 0x7FFFFFFF, replacements.length), end = start;
        while (end < replacements.length && replacements[end] != 0) end++;
        return new String(replacements, start, end - start, StandardCharsets.UTF_8);
    }
}
