package mige.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import mige.tensor.WeightsException;

/**
 * SentencePiece's precompiled character map: a double-array trie over UTF-8 bytes, and the texts that replace what it
 * finds.
 *
 * <p>Bytes: length of the trie in bytes (32 bits, little-endian), the trie's units of 32 bits, the replacements, each
 * ended by a zero. Of a unit {@code u}: label {@code u & 0x800000FF}, leaf flag bit 8, offset
 * {@code (u >> 10) << ((u & 0x200) >> 6)}, leaf value {@code u & 0x7FFFFFFF}. Source: reference ENCODER.md section 8,
 * step 3.
 */
final class CharacterMap {

    private static final Pattern CLUSTER = Pattern.compile("\\X", Pattern.DOTALL);
    /** Clusters of more bytes are looked at character by character. */
    private static final int LONGEST_CLUSTER = 5;

    private final int[] trie;
    private final byte[] texts;
    /** ASCII characters that the map leaves as they are. */
    private final boolean[] plain = new boolean[128];

    CharacterMap(byte[] precompiled, String name) {
        ByteBuffer bytes = ByteBuffer.wrap(precompiled).order(ByteOrder.LITTLE_ENDIAN);
        long size = bytes.remaining() < 4 ? -1 : bytes.getInt() & 0xffffffffL;
        if (size < 4 || size % 4 != 0 || size > bytes.remaining())
            throw new WeightsException("%s: its character map of %d bytes says that its trie has %d; the model is damaged, fetch it again",
                    name, precompiled.length, size);
        trie = new int[(int) size / 4];
        bytes.asIntBuffer().get(trie);
        bytes.position(bytes.position() + (int) size);
        texts = new byte[bytes.remaining()];
        bytes.get(texts);
        for (int c = 0; c < 128; c++) plain[c] = found(new byte[] {(byte) c}, 0, false) < 0;
    }

    /** T5's fast tokenizer: the shortest match at the head of a cluster stands for the whole cluster. */
    String byCluster(String text) {
        if (untouched(text)) return text;
        StringBuilder out = new StringBuilder(text.length() + 8);
        Matcher clusters = CLUSTER.matcher(text);
        while (clusters.find()) {
            String cluster = clusters.group();
            byte[] bytes = cluster.getBytes(StandardCharsets.UTF_8);
            long at = bytes.length <= LONGEST_CLUSTER ? found(bytes, 0, false) : -1;
            if (at >= 0) out.append(text(at));
            else cluster.codePoints().forEach(point -> {
                String one = Character.toString(point);
                long found = found(one.getBytes(StandardCharsets.UTF_8), 0, false);
                out.append(found >= 0 ? text(found) : one);
            });
        }
        return out.toString();
    }

    /** SentencePiece itself: the longest match, and on behind it. */
    String byPrefix(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + 8);
        for (int i = 0; i < bytes.length; ) {
            long at = found(bytes, i, true);
            if (at >= 0) {
                out.writeBytes(text(at).getBytes(StandardCharsets.UTF_8));
                i += (int) (at >>> 32);
            } else {
                do out.write(bytes[i++]); while (i < bytes.length && (bytes[i] & 0xC0) == 0x80);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private boolean untouched(String text) {
        for (int i = 0; i < text.length(); i++) if (text.charAt(i) >= 128 || !plain[text.charAt(i)]) return false;
        return true;
    }

    /** The shortest or longest key that begins at {@code from}: its length above, the place of its text below 32 bits; or -1. */
    private long found(byte[] bytes, int from, boolean longest) {
        long found = -1;
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
            found = (long) (i - from + 1) << 32 | trie[node] & 0x7FFFFFFF;
            if (!longest) break;
        }
        return found;
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 0x200) >>> 6);
    }

    private String text(long found) {
        int start = (int) Math.min(found & 0x7FFFFFFF, texts.length), end = start;
        while (end < texts.length && texts[end] != 0) end++;
        return new String(texts, start, end - start, StandardCharsets.UTF_8);
    }
}
