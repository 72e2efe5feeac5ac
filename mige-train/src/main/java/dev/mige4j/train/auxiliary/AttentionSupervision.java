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
 * <p>The targets are known for two attentions. In the feature fusion, a query of an image should attend to the patches
 * that it represents ({@link QueryGrid}); if there are as many heads as such patches, each head to one of them, since
 * an average over patches would blur them. In the denoiser, a patch of the target should attend to the query that
 * represents the patch of a reference with the same content. Otherwise half of the heads is supervised. Not supervised
 * are the items beyond a number, nor further draws of an item. The attention processors compute the attention as before
 * and record the loss of its scores while a training batch is active; in validation they record nothing.
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
            boolean denoiser,

            @ConfigKey(
                    value = "at most this many items and images of a batch are supervised, so that a large batch costs"
                            + " no more memory",
                    defaultValue = "32")
            int items)
            implements AuxiliaryLossConfig {

        public Config {
            if (!fusion && !denoiser)
                throw new UsageException("Attention supervision needs 'fusion' or 'denoiser', but both are false.");
            if (items < 1)
                throw new UsageException("The items of attention supervision are %d, expected at least 1.", items);
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

    /** Added to the scores of patches that are no target, so that they do not count. */
    private static final double MASKED_SCORE = -1e4;

    /**
     * Targets in the denoiser's cross-attention for the first n items.
     *
     * @param position [n, 1, N, 1] int64 of each patch's target in the text; 0 where there is none
     * @param hasTarget [n, 1, N] 1 where a patch has one, else 0
     * @param count number of patches that have one
     */
    private record DenoiserTargets(Tensor position, Tensor hasTarget, long count) {}

    private final Config config;
    private final QueryGrid grid;
    private final List<Tensor> layerLosses = new ArrayList<>();
    private final int fusionHeads; // supervised ones
    private final Tensor fusionScoreBias; // [1, 1 or heads, Q, N], leaves only the targets; null: not supervised
    private boolean supervisesFusion; // now
    private DenoiserTargets denoiserTargets; // null: not supervised now

    AttentionSupervision(Config config, ModelConfig model) {
        this.config = config;
        grid = QueryGrid.of(model);
        int heads = model.encoder().fusion().heads(), squareSide = grid.squareSide();
        boolean onePatchEach = squareSide > 1 && squareSide * squareSide == heads;
        fusionHeads = onePatchEach ? heads : Math.max(1, heads / 2);
        fusionScoreBias = config.fusion ? Scope.unscoped(() -> fusionScoreBias(onePatchEach ? heads : 1)) : null;
    }

    /** 0 for the target patches of each query, for one head or for each head another patch; else a low score. */
    private Tensor fusionScoreBias(int heads) {
        float[] bias = new float[heads * grid.queries() * grid.patches()];
        Arrays.fill(bias, (float) MASKED_SCORE);
        for (int patch = 0; patch < grid.patches(); patch++) {
            int head = heads == 1 ? 0 : grid.placeInSquare(patch);
            bias[(head * grid.queries() + grid.queryOf(patch)) * grid.patches() + patch] = 0;
        }
        return Tensor.of(bias, 1, heads, grid.queries(), grid.patches());
    }

    /** The scores [n, heads, Q, N] of the first attention of a batch are supervised. */
    @Override
    public AttentionProcessor wrapFusionAttention(AttentionProcessor inner) {
        if (!config.fusion) return inner;
        return (q, k, v, heads, scale, bias) -> {
            if (supervisesFusion) addFusionLoss(q, k, heads, scale);
            supervisesFusion = false; // a later call embeds an empty image slot, which has no target
            return inner.attend(q, k, v, heads, scale, bias);
        };
    }

    private void addFusionLoss(Tensor q, Tensor k, int heads, double scale) {
        long images = Math.min(config.items, q.size(0));
        Tensor scores =
                supervisedScores(q.narrow(0, 0, images), k.narrow(0, 0, images), heads, fusionHeads, scale, null);
        addLoss(scores.logSumExp(3)
                .sub(scores.add(fusionScoreBias).logSumExp(3))
                .mean());
    }

    /** The scores [B, heads, N, L] of every block are supervised. */
    @Override
    public AttentionProcessor wrapDenoiserAttention(AttentionProcessor inner) {
        if (!config.denoiser) return inner;
        return (q, k, v, heads, scale, bias) -> {
            if (denoiserTargets != null) addDenoiserLoss(q, k, heads, scale, bias);
            return inner.attend(q, k, v, heads, scale, bias);
        };
    }

    private void addDenoiserLoss(Tensor q, Tensor k, int heads, double scale, Tensor bias) {
        long items = denoiserTargets.position.size(0), patches = grid.patches();
        Tensor scores = supervisedScores(
                q.narrow(0, 0, items).narrow(1, 0, patches),
                k.narrow(0, 0, items),
                heads,
                Math.max(1, heads / 2),
                scale,
                bias == null ? null : bias.narrow(0, 0, items)); // [n, H / 2, N, L]
        long supervisedHeads = scores.size(1);
        Tensor targetScores = scores.gather(3, denoiserTargets.position.expand(items, supervisedHeads, patches, 1));
        Tensor negativeLogLikelihood = scores.logSumExp(3).sub(targetScores.squeeze(3));
        addLoss(negativeLogLikelihood
                .mul(denoiserTargets.hasTarget)
                .sum()
                .mul(1.0 / (supervisedHeads * denoiserTargets.count)));
    }

    /** The scores of the first {@code supervised} heads, in float32. */
    private static Tensor supervisedScores(Tensor q, Tensor k, int heads, int supervised, double scale, Tensor bias) {
        long width = q.size(2) / heads * supervised;
        return Attention.scores(
                        q.narrow(2, 0, width),
                        k.narrow(2, 0, width),
                        supervised,
                        scale,
                        bias == null ? null : bias.narrow(1, 0, supervised))
                .to(DType.F32);
    }

    private void addLoss(Tensor loss) {
        layerLosses.add(Scope.unscoped(() -> loss.mul(1)));
    }

    @Override
    public void startBatch(TrainingBatch batch) {
        layerLosses.clear();
        supervisesFusion = config.fusion && batch.visionFeatures() != null;
        denoiserTargets = config.denoiser ? denoiserTargets(batch) : null;
    }

    private DenoiserTargets denoiserTargets(TrainingBatch batch) {
        int items = Math.min(config.items, batch.size()), patches = grid.patches();
        long[] positions = new long[items * patches];
        float[] hasTarget = new float[items * patches];
        long count = 0;
        for (int i = 0; i < items; i++) {
            int[] correspondence = batch.patchCorrespondence()[i];
            if (correspondence == null) continue;
            int[] positionOfQuery = positionOfQuery(batch, i);
            for (int patch = 0; patch < patches; patch++) {
                if (correspondence[patch] < 0) continue;
                int reference = correspondence[patch] / patches,
                        query = grid.queryOf(correspondence[patch] % patches),
                        position = positionOfQuery[reference * grid.queries() + query];
                if (position < 0) continue;
                positions[i * patches + patch] = position;
                hasTarget[i * patches + patch] = 1;
                count++;
            }
        }
        return count == 0
                ? null
                : new DenoiserTargets(
                        Tensor.of(positions, items, 1, patches, 1), Tensor.of(hasTarget, items, 1, patches), count);
    }

    /** The position of each query of each reference in an item's sequence; -1 when it was cut off. */
    private int[] positionOfQuery(TrainingBatch batch, int item) {
        int[] tokens = batch.layouts().get(item).tokens(),
                positions = new int[batch.referenceCounts()[item] * grid.queries()];
        Arrays.fill(positions, -1);
        for (int position = 0; position < tokens.length; position++)
            if (tokens[position] < 0) positions[-1 - tokens[position]] = position;
        return positions;
    }

    /** The mean over all supervised attentions of the batch, 0 without any. */
    @Override
    public Result compute(EncodedBatch batch) {
        supervisesFusion = false;
        denoiserTargets = null;
        Tensor sum = Tensor.zeros();
        for (Tensor layerLoss : layerLosses) sum = sum.add(layerLoss);
        Tensor mean = sum.mul(1.0 / Math.max(1, layerLosses.size()));
        layerLosses.forEach(Tensor::close);
        layerLosses.clear();
        return new Result(mean, Map.of("attention_supervision", mean.detach()));
    }
}
