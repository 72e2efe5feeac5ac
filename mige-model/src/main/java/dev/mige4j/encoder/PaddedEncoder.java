package dev.mige4j.encoder;

import dev.mige4j.encoder.MultimodalEncoder.EncoderInput;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs the parts of a {@link MultimodalEncoder} in the padded form of the reference, for comparison: all slots of every
 * item are computed, empty ones from an all-zero image and latent, and every item is padded to the maximum length with
 * the padding token under a mask.
 *
 * <p>The valid rows of the result equal those of {@link MultimodalEncoder#encode}, at several times the cost. It shares
 * the one dependence between items that the reference has: when no item has an image, all slots are zero vectors.
 * Source: docs/specification/encoder.md sections 5, 6 and 15.
 */
public final class PaddedEncoder {

    private final MultimodalEncoder encoder;

    public PaddedEncoder(MultimodalEncoder encoder) {
        this.encoder = encoder;
    }

    /** Encodes a batch to [B, maxLength, E] with the length of each item. */
    public Conditioning encode(List<EncoderInput> batch) {
        Tensor states = encoder.textEncoder().forward(inputEmbeddings(batch), attentionMask(batch));
        return new Conditioning(states, lengths(batch));
    }

    /** The embeddings of all slots: [B, slots, Q, E]. */
    public Tensor slotEmbeddings(List<EncoderInput> batch) {
        var config = encoder.config();
        int b = batch.size(),
                slots = config.imageSlots(),
                side = config.vision().imageSize();
        long rows = config.qFormer().numQueries(), width = config.text().width();
        EncoderInput anyWithImages = batch.stream()
                .filter(input -> input.imageCount() > 0)
                .findFirst()
                .orElse(null);
        if (anyWithImages == null) return Tensor.zeros(b, slots, rows, width);
        List<Tensor> images = new ArrayList<>(), latents = new ArrayList<>();
        for (EncoderInput input : batch) {
            InterleavedEmbedding.checkImageCount(input.imageCount(), slots);
            int missing = slots - input.imageCount();
            if (input.imageCount() > 0) {
                images.add(input.images());
                latents.add(input.rawLatents());
            }
            images.add(Tensor.zeros(anyWithImages.images().dtype(), missing, 3, side, side));
            latents.add(Tensor.zeros(
                    anyWithImages.rawLatents().dtype(),
                    missing,
                    anyWithImages.rawLatents().size(1),
                    anyWithImages.rawLatents().size(2),
                    anyWithImages.rawLatents().size(3)));
        }
        return encoder.embedImages(Tensor.cat(0, images), Tensor.cat(0, latents))
                .view(b, slots, rows, width);
    }

    /** The input of the text encoder: [B, maxLength, E]. */
    public Tensor inputEmbeddings(List<EncoderInput> batch) {
        Tensor slots = slotEmbeddings(batch);
        int maxLength = encoder.config().maxLength();
        List<Tensor> items = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            SequenceLayout layout = encoder.layout(batch.get(i).segments());
            Tensor valid = encoder.interleavedEmbedding()
                    .forward(List.of(layout), slots.select(0, i), new int[] {(int) slots.size(1)}, () -> {
                        throw new IllegalStateException("every slot has an embedding");
                    });
            Tensor padding = encoder.textEncoder()
                    .embedTokens(Tensor.of(new int[maxLength - layout.length()], maxLength - layout.length()))
                    .typeAs(valid);
            items.add(Tensor.cat(0, valid, padding));
        }
        return Tensor.stack(0, items).typeAs(slots);
    }

    /** The attention mask, int64 [B, maxLength]: 1 for tokens, 0 for padding. */
    public Tensor attentionMask(List<EncoderInput> batch) {
        int maxLength = encoder.config().maxLength();
        long[] mask = new long[batch.size() * maxLength];
        int[] lengths = lengths(batch);
        for (int i = 0; i < lengths.length; i++) Arrays.fill(mask, i * maxLength, i * maxLength + lengths[i], 1);
        return Tensor.of(mask, lengths.length, maxLength);
    }

    private int[] lengths(List<EncoderInput> batch) {
        return batch.stream()
                .mapToInt(r -> encoder.layout(r.segments()).length())
                .toArray();
    }
}
