package dev.mige4j.encoder;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the words and pictures of one item stand in the row that the text encoder reads.
 *
 * <pre>
 *   segment 0, picture 0, segment 1, picture 1, ..., last segment, end
 * </pre>
 *
 * As in the reference, marks and slots are paired until either ends: with more marks than slots the segments between
 * the last paired mark and the last segment are dropped, and a row that is too long is cut at the place, be it amid a
 * picture. Both are counted in {@code lost}; a prompt that was fitted before (see {@code mige.text.Prompt}) loses
 * nothing. Source: docs/specification/encoder.md section 5.
 *
 * @param tokens what stands at each place: a token id, or for row r of the picture in slot s the number {@code -1 - (s
 *     · rows + r)}
 * @param tokensPerImage places that a picture takes, Q
 * @param droppedTokens places that were dropped or cut off
 */
public record SequenceLayout(int[] tokens, int tokensPerImage, int droppedTokens) {

    /**
     * Lays out segments of token ids without an end; {@code slots} pictures of {@code rows} places at most,
     * {@code most} places at most.
     */
    public static SequenceLayout of(
            List<int[]> segments, int imageSlots, int tokensPerImage, int maxLength, int eosId) {
        int placeholders = segments.size() - 1, paired = Math.min(placeholders, imageSlots);
        var builder = IntStream.builder();
        for (int slot = 0; slot < paired; slot++) {
            Arrays.stream(segments.get(slot)).forEach(builder);
            IntStream.range(slot * tokensPerImage, (slot + 1) * tokensPerImage)
                    .map(r -> -1 - r)
                    .forEach(builder);
        }
        Arrays.stream(segments.get(placeholders)).forEach(builder);
        builder.add(eosId);
        int[] tokens = builder.build().toArray();
        int fullLength = segments.stream().mapToInt(s -> s.length).sum() + placeholders * tokensPerImage + 1;
        return new SequenceLayout(
                tokens.length > maxLength ? Arrays.copyOf(tokens, maxLength) : tokens,
                tokensPerImage,
                fullLength - Math.min(tokens.length, maxLength));
    }

    /** Places in all, n. */
    public int length() {
        return tokens.length;
    }

    /** How many slots are read: 0 when there is no mark, else one more than the highest slot that has a place. */
    public int usedImageSlots() {
        return Arrays.stream(tokens)
                .filter(token -> token < 0)
                .map(token -> (-1 - token) / tokensPerImage + 1)
                .max()
                .orElse(0);
    }
}
