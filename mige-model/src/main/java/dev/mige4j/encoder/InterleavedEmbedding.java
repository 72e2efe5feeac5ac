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
     * @param imageEmbeddings the embeddings [k, Q, E] of each item's images, slot 0 first; null for an item without
     *     images
     * @param emptySlot supplies the embedding [Q, E] of a slot without an image; called at most once
     * @return [R, E]
     */
    public Tensor forward(List<SequenceLayout> layouts, List<Tensor> imageEmbeddings, Supplier<Tensor> emptySlot) {
        List<Tensor> embeddings = new ArrayList<>();
        int[] firstImageRow = new int[layouts.size()]; // index of an item's first image row in allRows
        int[] ids = layouts.stream()
                .flatMapToInt(l -> Arrays.stream(l.tokens()))
                .filter(token -> token >= 0)
                .toArray();
        int rows = ids.length;
        boolean needsEmpty = false;
        for (int item = 0; item < firstImageRow.length; item++) {
            Tensor images = imageEmbeddings.get(item);
            firstImageRow[item] = rows;
            if (layouts.get(item).usedImageSlots() > imageCount(images)) needsEmpty = true;
            if (images == null) continue;
            embeddings.add(images.reshape(-1, images.size(2)));
            rows += (int) (images.size(0) * images.size(1));
        }
        if (needsEmpty) embeddings.add(emptySlot.get());
        Tensor tokens = tokenEmbedding.apply(Tensor.of(ids, ids.length));
        embeddings.add(0, embeddings.isEmpty() ? tokens : tokens.typeAs(embeddings.get(0)));
        long[] index = gatherIndices(layouts, imageEmbeddings, firstImageRow, rows);
        Tensor allRows = embeddings.size() == 1 ? embeddings.get(0) : Tensor.cat(0, embeddings);
        return allRows.embedding(Tensor.of(index, index.length));
    }

    private static long[] gatherIndices(
            List<SequenceLayout> layouts, List<Tensor> imageEmbeddings, int[] firstImageRow, int emptySlotRow) {
        long[] index =
                new long[layouts.stream().mapToInt(SequenceLayout::length).sum()];
        int position = 0, tokenRow = 0;
        for (int item = 0; item < firstImageRow.length; item++) {
            SequenceLayout layout = layouts.get(item);
            int imageRows = imageCount(imageEmbeddings.get(item)) * layout.tokensPerImage();
            for (int token : layout.tokens()) {
                int imageRow = -1 - token;
                index[position++] = token >= 0
                        ? tokenRow++
                        : imageRow < imageRows
                                ? firstImageRow[item] + imageRow
                                : emptySlotRow + imageRow % layout.tokensPerImage();
            }
        }
        return index;
    }

    private static int imageCount(Tensor images) {
        return images == null ? 0 : Math.toIntExact(images.size(0));
    }

    static void checkImageCount(int images, int slots) {
        if (images > slots)
            throw new UsageException("%d images are given, but the model has only %d image slots.", images, slots);
    }
}
