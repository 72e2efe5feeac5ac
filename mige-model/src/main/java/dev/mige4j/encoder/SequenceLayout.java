package dev.mige4j.encoder;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Layout of the text and image tokens of one item in the input sequence of the text encoder.
 *
 * <pre>
 *   segment 0, image 0, segment 1, image 1, ..., last segment, end of sequence
 * </pre>
 *
 * As in the reference, placeholders and image slots are paired until either list ends: with more placeholders than
 * slots, the segments between the last paired placeholder and the last segment are dropped. A sequence that is too long
 * is cut, possibly in the middle of an image. {@code droppedTokens} counts both; a prompt that
 * {@link dev.mige4j.text.Prompt#truncate} has shortened loses nothing here. Source: docs/specification/encoder.md
 * section 5.
 *
 * @param tokens for each position a token id, or for row r of the image in slot s the number {@code -1 - (s *
 *     tokensPerImage + r)}
 * @param tokensPerImage Q
 * @param droppedTokens the number of tokens that were dropped or cut off
 */
public record SequenceLayout(int[] tokens, int tokensPerImage, int droppedTokens) {

    /**
     * Lays out one item.
     *
     * @param segments token ids of the text between the placeholders, without an end token
     * @param imageSlots maximum number of images
     * @param tokensPerImage Q
     * @param maxLength maximum number of tokens
     * @param eosId the end-of-sequence token
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

    /** The number of tokens. */
    public int length() {
        return tokens.length;
    }

    /** The position of the first token of the image in a slot; empty if the image is not there or was cut. */
    public OptionalInt positionOfImage(int slot) {
        int first = -1 - slot * tokensPerImage;
        return IntStream.rangeClosed(0, tokens.length - tokensPerImage)
                .filter(position -> tokens[position] == first)
                .findFirst();
    }

    /**
     * The number of image slots that the sequence refers to: one more than the highest slot with a token, 0 without
     * images.
     */
    public int usedImageSlots() {
        return Arrays.stream(tokens)
                .filter(token -> token < 0)
                .map(token -> (-1 - token) / tokensPerImage + 1)
                .max()
                .orElse(0);
    }
}
