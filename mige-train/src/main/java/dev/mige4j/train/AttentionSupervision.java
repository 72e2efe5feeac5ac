package dev.mige4j.train;

import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Shows attentions that nobody has trained before where to look, in the two cases where that is known: the i-th query
 * of a picture at the i-th share of its patches, and a patch of the target at the query that speaks of the patch of a
 * reference that shows the same.
 *
 * <pre>
 *   astray = mean of  −log Σ over right places of softmax(scores)               over the first half of the heads of each attention
 * </pre>
 *
 * <p>An attention starts by looking everywhere alike, and what it reads at the wrong places tells it nothing of the
 * right one: 64 queries had half found their patches after 1,500 steps by themselves, and had them within 200 once
 * shown (docs/training.md). The other half of the heads looks where it likes. For one batch. Not part of the reference,
 * whose parts come trained.
 */
final class AttentionSupervision {

    /** Added to the score of what is not right, so that it does not count. */
    private static final double MASKED_SCORE = -1e4;

    private final BatchCollator.Batch batch;
    private final int numQueries, numPatches;
    private final List<Tensor> layerLosses = new ArrayList<>();

    AttentionSupervision(BatchCollator.Batch batch, ModelConfig model) {
        this.batch = batch;
        int patchesPerSide = model.latentSize() / model.denoiser().patchSize();
        numQueries = model.encoder().qFormer().numQueries();
        numPatches = patchesPerSide * patchesPerSide;
    }

    /** Watches the feature fusion, [n, heads, Q, N]. */
    Consumer<Tensor> fusionObserver() {
        float[] targetValues = new float[numQueries * numPatches];
        for (int patch = 0; patch < numPatches; patch++) targetValues[queryOfPatch(patch) * numPatches + patch] = 1;
        Tensor targetTensor = Tensor.of(targetValues, 1, 1, numQueries, numPatches);
        TargetMask targets = TargetMask.of(targetTensor);
        return scores -> addLoss(scores, targets, numQueries * scores.size(0));
    }

    /** Watches every block of the denoiser, [B, heads, N, L]. */
    Denoiser.AttentionObserver denoiserObserver() {
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
        if (supervisedRows == 0) return Denoiser.AttentionObserver.NONE;
        Tensor targetTensor = Tensor.of(targetValues, batchSize, 1, numPatches, maxLength);
        long rowCount = supervisedRows;
        TargetMask targets = TargetMask.of(targetTensor);
        return block -> scores -> addLoss(scores, targets, rowCount);
    }

    private int queryOfPatch(int patch) {
        return patch * numQueries / numPatches;
    }

    /**
     * Right places, for all blocks: added to scores [*, 1, N, M] it leaves only them, and whether a look has any [*, 1,
     * N].
     */
    private record TargetMask(Tensor scoreBias, Tensor rowHasTarget) {
        static TargetMask of(Tensor targets) {
            return new TargetMask(
                    targets.mul(-MASKED_SCORE).add(MASKED_SCORE),
                    targets.sum(false, 3).clamp(0, 1));
        }
    }

    /** Notes how far the looks that have right places miss them; there are {@code looks} such rows. */
    private void addLoss(Tensor scores, TargetMask targets, long rowCount) {
        long supervisedHeads = Math.max(1, scores.size(1) / 2);
        Tensor supervised = scores.narrow(1, 0, supervisedHeads).to(DType.F32); // [n, H / 2, N, M]
        Tensor negativeLogLikelihood =
                supervised.logSumExp(3).sub(supervised.add(targets.scoreBias).logSumExp(3));
        Tensor sum = negativeLogLikelihood.mul(targets.rowHasTarget).sum();
        layerLosses.add(Scope.unscoped(() -> sum.mul(1.0 / (supervisedHeads * rowCount))));
    }

    /** The mean over all attentions watched; 0 if there was none. */
    Tensor loss() {
        Tensor sum = Tensor.zeros();
        for (Tensor layerLoss : layerLosses) sum = sum.add(layerLoss);
        Tensor mean = sum.mul(1.0 / Math.max(1, layerLosses.size()));
        layerLosses.forEach(Tensor::close);
        return mean;
    }
}
