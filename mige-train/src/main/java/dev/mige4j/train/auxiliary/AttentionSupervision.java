package dev.mige4j.train.auxiliary;

import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Attention;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.train.dataset.BatchCollator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Auxiliary loss that supervises cross-attention with known patch correspondences.
 *
 * <pre>
 *   loss = mean of  −log Σ over target positions of softmax(scores)        over the first half of the heads of each attention
 * </pre>
 *
 * <p>The targets are known in two places. In the feature fusion, the i-th query of an image should attend to the i-th
 * share of its patches. In the denoiser, a patch of the target should attend to the query that stands for the patch of
 * a reference that shows the same content. The other half of the heads is not supervised. The attention processors
 * compute the default attention and also record the loss of its scores while a training batch is set; during validation
 * they record nothing.
 *
 * <p>Attention starts out uniform, and the values read at wrong positions carry no information about the right ones: 64
 * queries found half of their patches after 1,500 steps without supervision, and all of them within 200 steps with it.
 * Not part of the reference, whose components start pretrained.
 */
public final class AttentionSupervision {

    /** Added to the scores of positions that are no target, so that they do not count. */
    private static final double MASKED_SCORE = -1e4;

    private final int numQueries, numPatches;
    private final List<Tensor> layerLosses = new ArrayList<>();
    private TargetMask fusionTargets, denoiserTargets; // null: not supervised now
    private long denoiserRows;

    public AttentionSupervision(ModelConfig model) {
        int patchesPerSide = model.latentSize() / model.denoiser().patchSize();
        numQueries = model.encoder().qFormer().numQueries();
        numPatches = patchesPerSide * patchesPerSide;
    }

    /** The attention of the feature fusion: its scores [n, heads, Q, N] are supervised once a batch. */
    public AttentionProcessor fusionAttention() {
        return (q, k, v, heads, scale, bias) -> {
            if (fusionTargets != null) {
                Tensor scores = Attention.scores(q, k, heads, scale, bias);
                addLoss(scores, fusionTargets, numQueries * scores.size(0));
                fusionTargets = null; // a later call embeds an empty image slot, which has no target
            }
            return Attention.attend(q, k, v, heads, scale, bias);
        };
    }

    /** The cross-attention of every block of the denoiser: its scores [B, heads, N, L] are supervised. */
    public AttentionProcessor denoiserAttention() {
        return (q, k, v, heads, scale, bias) -> {
            if (denoiserTargets != null)
                addLoss(Attention.scores(q, k, heads, scale, bias), denoiserTargets, denoiserRows);
            return Attention.attend(q, k, v, heads, scale, bias);
        };
    }

    /** Sets the batch that the next forward pass computes; {@link #loss} ends it. */
    public void startBatch(BatchCollator.Batch batch) {
        layerLosses.clear();
        fusionTargets = batch.visionFeatures() == null ? null : fusionTargets();
        setDenoiserTargets(batch);
    }

    private TargetMask fusionTargets() {
        float[] targets = new float[numQueries * numPatches];
        for (int patch = 0; patch < numPatches; patch++) targets[queryOfPatch(patch) * numPatches + patch] = 1;
        return TargetMask.of(Tensor.of(targets, 1, 1, numQueries, numPatches));
    }

    private void setDenoiserTargets(BatchCollator.Batch batch) {
        int batchSize = batch.referenceCounts().length,
                maxLength =
                        batch.layouts().stream().mapToInt(l -> l.length()).max().orElse(0),
                supervisedRows = 0;
        float[] targetValues = new float[batchSize * numPatches * maxLength];
        for (int i = 0; i < batchSize; i++) {
            if (batch.patchCorrespondence()[i] == null) continue;
            int[] positions = batch.layouts().get(i).tokens(),
                    positionOfQuery = new int[batch.referenceCounts()[i] * numQueries];
            Arrays.fill(positionOfQuery, -1);
            for (int position = 0; position < positions.length; position++)
                if (positions[position] < 0) positionOfQuery[-1 - positions[position]] = position;
            for (int patch = 0; patch < numPatches; patch++) {
                int referencePatch = batch.patchCorrespondence()[i][patch],
                        position =
                                referencePatch < 0
                                        ? -1
                                        : positionOfQuery[
                                                referencePatch / numPatches * numQueries
                                                        + queryOfPatch(referencePatch % numPatches)];
                if (position < 0) continue;
                targetValues[(i * numPatches + patch) * maxLength + position] = 1;
                supervisedRows++;
            }
        }
        denoiserRows = supervisedRows;
        denoiserTargets = supervisedRows == 0
                ? null
                : TargetMask.of(Tensor.of(targetValues, batchSize, 1, numPatches, maxLength));
    }

    private int queryOfPatch(int patch) {
        return patch * numQueries / numPatches;
    }

    /**
     * Targets of an attention.
     *
     * @param scoreBias [*, 1, N, M], added to the scores it leaves only the target positions
     * @param rowHasTarget [*, 1, N], 1 where a row has a target, else 0
     */
    private record TargetMask(Tensor scoreBias, Tensor rowHasTarget) {
        static TargetMask of(Tensor targets) {
            return new TargetMask(
                    targets.mul(-MASKED_SCORE).add(MASKED_SCORE),
                    targets.sum(false, 3).clamp(0, 1));
        }
    }

    /** Records the loss of one attention; {@code rowCount} rows have a target. */
    private void addLoss(Tensor scores, TargetMask targets, long rowCount) {
        long supervisedHeads = Math.max(1, scores.size(1) / 2);
        Tensor supervised = scores.narrow(1, 0, supervisedHeads).to(DType.F32); // [n, H / 2, N, M]
        Tensor negativeLogLikelihood =
                supervised.logSumExp(3).sub(supervised.add(targets.scoreBias).logSumExp(3));
        Tensor sum = negativeLogLikelihood.mul(targets.rowHasTarget).sum();
        layerLosses.add(Scope.unscoped(() -> sum.mul(1.0 / (supervisedHeads * rowCount))));
    }

    /** The mean over all supervised attentions since the start of the batch, 0 without any; ends the batch. */
    public Tensor loss() {
        fusionTargets = null;
        denoiserTargets = null;
        Tensor sum = Tensor.zeros();
        for (Tensor layerLoss : layerLosses) sum = sum.add(layerLoss);
        Tensor mean = sum.mul(1.0 / Math.max(1, layerLosses.size()));
        layerLosses.forEach(Tensor::close);
        layerLosses.clear();
        return mean;
    }
}
