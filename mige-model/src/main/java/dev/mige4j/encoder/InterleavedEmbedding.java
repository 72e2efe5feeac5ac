package dev.mige4j.encoder;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Interleaves text and images in one sequence: token embeddings, with the embedding of each image in place of its
 * placeholder.
 *
 * <p>Processes a batch without padding: one lookup in the token table and one gather. Source:
 * docs/specification/encoder.md sections 5 and 6.
 */
public final class InterleavedEmbedding {

    private final UnaryOperator<Tensor> tokenEmbedding;

    /** @param tokenEmbedding from int64 token ids [R] to their embeddings [R, E] */
    public InterleavedEmbedding(UnaryOperator<Tensor> tokenEmbedding) {
        this.tokenEmbedding = tokenEmbedding;
    }

    /**
     * Concatenates the embeddings of all items.
     *
     * @param layouts one for each item
     * @param imageEmbeddings the embeddings [n, Q, E] of all images, those of the first item first, slot 0 first; null
     *     for no images
     * @param imageCounts how many of these images each item has
     * @param emptySlot supplies the embedding [Q, E] of a slot without an image; called at most once
     * @return [R, E]
     */
    public Tensor forward(
            List<SequenceLayout> layouts, Tensor imageEmbeddings, int[] imageCounts, Supplier<Tensor> emptySlot) {
        int[] ids = layouts.stream()
                .flatMapToInt(l -> Arrays.stream(l.tokens()))
                .filter(token -> token >= 0)
                .toArray();
        List<Tensor> rows = new ArrayList<>(); // of all tokens, then of all images, then of the empty slot
        Tensor tokens = tokenEmbedding.apply(Tensor.of(ids, ids.length));
        if (imageEmbeddings != null) rows.add(imageEmbeddings.reshape(-1, imageEmbeddings.size(2)));
        boolean needsEmpty = false;
        for (int item = 0; item < imageCounts.length; item++)
            needsEmpty |= layouts.get(item).usedImageSlots() > imageCounts[item];
        if (needsEmpty) rows.add(emptySlot.get());
        rows.add(0, rows.isEmpty() ? tokens : tokens.typeAs(rows.get(0)));
        long[] index = gatherIndices(layouts, imageCounts, ids.length);
        return (rows.size() == 1 ? rows.get(0) : Tensor.cat(0, rows)).embedding(Tensor.of(index, index.length));
    }

    private static long[] gatherIndices(List<SequenceLayout> layouts, int[] imageCounts, int tokenRows) {
        long[] index =
                new long[layouts.stream().mapToInt(SequenceLayout::length).sum()];
        int tokensPerImage = layouts.get(0).tokensPerImage(),
                emptySlotRow = tokenRows + Arrays.stream(imageCounts).sum() * tokensPerImage,
                firstImageRow = tokenRows; // of the item
        int position = 0, tokenRow = 0;
        for (int item = 0; item < imageCounts.length; item++) {
            int imageRows = imageCounts[item] * tokensPerImage;
            for (int token : layouts.get(item).tokens()) {
                int imageRow = -1 - token;
                index[position++] = token >= 0
                        ? tokenRow++
                        : imageRow < imageRows ? firstImageRow + imageRow : emptySlotRow + imageRow % tokensPerImage;
            }
            firstImageRow += imageRows;
        }
        return index;
    }

    static void checkImageCount(int images, int slots) {
        if (images > slots)
            throw new UsageException("%d images are given, but the model has only %d image slots.", images, slots);
    }
}
