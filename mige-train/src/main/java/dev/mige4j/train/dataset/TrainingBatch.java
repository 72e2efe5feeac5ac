package dev.mige4j.train.dataset;

import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * A batch of B items for the joint training, each with k draws of noise and timestep.
 *
 * @param targetLatents sampled, unscaled latents of the targets [B, c, h, w]
 * @param sourceLatents sampled, unscaled latents of the sources, zeros where there is none or it was dropped [B, c, h,
 *     w]
 * @param visionFeatures output of the frozen vision encoder for all n references [n, T, W]; null when n is 0
 * @param referenceLatents sampled, unscaled latents of all references [n, c, h, w]; null when n is 0
 * @param referenceCounts how many references each item has
 * @param sourceReferences which of its references is the source of each item, -1 where none is
 * @param layouts positions of text and references in each item
 * @param noise standard normal [B · k, c, h, w]: k draws of the first item, then of the second ...
 * @param timesteps [B · k] of each draw
 * @param textKept [B, 1, 1] 1 where the text stays, 0 where it was dropped
 * @param anyTextDropped whether the text of any item was dropped
 * @param patchCorrespondence for each patch of each item's target the patch of its references that shows the same
 *     content, {@code reference · patches + patch}, -1 where there is none; null for an item whose text was dropped,
 *     whose correspondence is unknown, or outside of training
 * @param mask [B, 1, h, w] share of each cell that the instruction changes, 0 to 1
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TrainingBatch(
        Tensor targetLatents,
        Tensor sourceLatents,
        Tensor visionFeatures,
        Tensor referenceLatents,
        int[] referenceCounts,
        int[] sourceReferences,
        List<SequenceLayout> layouts,
        Tensor noise,
        int[] timesteps,
        Tensor textKept,
        boolean anyTextDropped,
        int[][] patchCorrespondence,
        Tensor mask)
        implements AutoCloseable {

    /** k: how often each item passes the denoiser. */
    public int draws() {
        return timesteps.length / size();
    }

    /** Frees the tensors now; a gradient that needs them keeps its own references. */
    @Override
    public void close() {
        for (Tensor tensor :
                Arrays.asList(targetLatents, sourceLatents, visionFeatures, referenceLatents, noise, textKept, mask))
            if (tensor != null) tensor.close();
    }

    /** The number of items. */
    public int size() {
        return referenceCounts.length;
    }
}
