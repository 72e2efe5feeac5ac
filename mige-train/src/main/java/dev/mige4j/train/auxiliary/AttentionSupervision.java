package dev.mige4j.train.auxiliary;

import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Attention;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.train.config.ConfigKey;
import dev.mige4j.train.dataset.TrainingBatch;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Auxiliary loss that supervises cross-attention with known patch correspondences.
 *
 * <pre>
 *   loss = mean of  −log Σ over target positions of softmax(scores)    first half of the heads of each attention
 * </pre>
 *
 * <p>The targets are known for two attentions. In the feature fusion, the i-th query of an image should attend to the
 * i-th share of its patches. In the denoiser, a patch of the target should attend to the query that represents the
 * patch of a reference with the same content. The other half of the heads is not supervised. The attention processors
 * compute the attention as before and record the loss of its scores while a training batch is active; in validation
 * they record nothing.
 *
 * <p>Attention starts out uniform, and the values read at wrong positions carry no information about the right ones: 64
 * queries found half of their patches after 1,500 steps without supervision, and all of them within 200 steps with it.
 * Not part of the reference, whose components start pretrained.
 */
public final class AttentionSupervision implements AuxiliaryLoss {

    /** Selected with the type {@code attention-supervision}. */
    public record Config(
            @ConfigKey("factor of the loss in the total") double weight,

            @ConfigKey(
                    value = "whether to supervise the attention of the encoder's feature fusion",
                    defaultValue = "true")
            boolean fusion,

            @ConfigKey(value = "whether to supervise the cross-attention of the denoiser", defaultValue = "true")
            boolean denoiser)
            implements AuxiliaryLossConfig {

        public Config {
            if (!fusion && !denoiser)
                throw new UsageException("Attention supervision needs 'fusion' or 'denoiser', but both are false.");
        }

        @Override
        public boolean supportsGradientCheckpointing() {
            return !denoiser;
        }

        @Override
        public AuxiliaryLoss create(ModelConfig model, Weights weights) {
            return new AttentionSupervision(this, model);
        }
    }

    /** Added to the scores of positions that are no target, so that they do not count. */
    private static final double MASKED_SCORE = -1e4;

    private final Config config;
    private final int numQueries, numPatches;
    private final List<Tensor> layerLosses = new ArrayList<>();
    private Targets fusionTargets, denoiserTargets; // null: not supervised now

    AttentionSupervision(Config config, ModelConfig model) {
        this.config = config;
        int patchesPerSide = model.latentSize() / model.denoiser().patchSize();
        numQueries = model.encoder().qFormer().numQueries();
        numPatches = patchesPerSide * patchesPerSide;
    }

    /** The scores [n, heads, Q, N] of the first attention of a batch are supervised. */
    @Override
    public AttentionProcessor wrapFusionAttention(AttentionProcessor inner) {
        if (!config.fusion) return inner;
        return (q, k, v, heads, scale, bias) -> {
            if (fusionTargets != null) addLoss(Attention.scores(q, k, heads, scale, bias), fusionTargets);
            fusionTargets = null; // a later call embeds an empty image slot, which has no target
            return inner.attend(q, k, v, heads, scale, bias);
        };
    }

    /** The scores [B, heads, N, L] of every block are supervised. */
    @Override
    public AttentionProcessor wrapDenoiserAttention(AttentionProcessor inner) {
        if (!config.denoiser) return inner;
        return (q, k, v, heads, scale, bias) -> {
            if (denoiserTargets != null) addLoss(Attention.scores(q, k, heads, scale, bias), denoiserTargets);
            return inner.attend(q, k, v, heads, scale, bias);
        };
    }

    @Override
    public boolean usesPatchCorrespondence() {
        return config.denoiser;
    }

    @Override
    public void startBatch(TrainingBatch batch) {
        layerLosses.clear();
        fusionTargets = config.fusion && batch.visionFeatures() != null ? fusionTargets(batch) : null;
        denoiserTargets = config.denoiser ? denoiserTargets(batch) : null;
    }

    private Targets fusionTargets(TrainingBatch batch) {
        float[] targets = new float[numQueries * numPatches];
        for (int patch = 0; patch < numPatches; patch++) targets[queryOfPatch(patch) * numPatches + patch] = 1;
        return Targets.of(
                Tensor.of(targets, 1, 1, numQueries, numPatches),
                numQueries * batch.visionFeatures().size(0));
    }

    private Targets denoiserTargets(TrainingBatch batch) {
        int maxLength = batch.layouts().stream().mapToInt(l -> l.length()).max().orElse(0);
        float[] targets = new float[batch.size() * numPatches * maxLength];
        long rows = 0;
        for (int i = 0; i < batch.size(); i++) {
            int[] correspondence = batch.patchCorrespondence()[i];
            if (correspondence == null) continue;
            int[] positionOfQuery = positionOfQuery(batch, i);
            for (int patch = 0; patch < numPatches; patch++) {
                if (correspondence[patch] < 0) continue;
                int reference = correspondence[patch] / numPatches,
                        query = queryOfPatch(correspondence[patch] % numPatches),
                        position = positionOfQuery[reference * numQueries + query];
                if (position < 0) continue;
                targets[(i * numPatches + patch) * maxLength + position] = 1;
                rows++;
            }
        }
        return rows == 0 ? null : Targets.of(Tensor.of(targets, batch.size(), 1, numPatches, maxLength), rows);
    }

    /** The position of each query of each reference in an item's sequence; -1 when it was cut off. */
    private int[] positionOfQuery(TrainingBatch batch, int item) {
        int[] tokens = batch.layouts().get(item).tokens(),
                positions = new int[batch.referenceCounts()[item] * numQueries];
        Arrays.fill(positions, -1);
        for (int position = 0; position < tokens.length; position++)
            if (tokens[position] < 0) positions[-1 - tokens[position]] = position;
        return positions;
    }

    private int queryOfPatch(int patch) {
        return patch * numQueries / numPatches;
    }

    /**
     * Targets of an attention.
     *
     * @param scoreBias [*, 1, N, M]; added to the scores it leaves only the target positions
     * @param rowHasTarget [*, 1, N], 1 where a row has a target, else 0
     * @param rows number of rows that have one
     */
    private record Targets(Tensor scoreBias, Tensor rowHasTarget, long rows) {
        static Targets of(Tensor targets, long rows) {
            return new Targets(
                    targets.mul(-MASKED_SCORE).add(MASKED_SCORE),
                    targets.sum(false, 3).clamp(0, 1),
                    rows);
        }
    }

    private void addLoss(Tensor scores, Targets targets) {
        long supervisedHeads = Math.max(1, scores.size(1) / 2);
        Tensor supervised = scores.narrow(1, 0, supervisedHeads).to(DType.F32); // [n, H / 2, N, M]
        Tensor negativeLogLikelihood =
                supervised.logSumExp(3).sub(supervised.add(targets.scoreBias).logSumExp(3));
        Tensor sum = negativeLogLikelihood.mul(targets.rowHasTarget).sum();
        layerLosses.add(Scope.unscoped(() -> sum.mul(1.0 / (supervisedHeads * targets.rows))));
    }

    /** The mean over all supervised attentions of the batch, 0 without any. */
    @Override
    public Result compute(EncodedBatch batch) {
        fusionTargets = null;
        denoiserTargets = null;
        Tensor sum = Tensor.zeros();
        for (Tensor layerLoss : layerLosses) sum = sum.add(layerLoss);
        Tensor mean = sum.mul(1.0 / Math.max(1, layerLosses.size()));
        layerLosses.forEach(Tensor::close);
        layerLosses.clear();
        return new Result(mean, Map.of("attention_supervision", mean.detach()));
    }
}
