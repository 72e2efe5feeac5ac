package dev.mige4j.train.auxiliary;

import dev.mige4j.common.UsageException;
import dev.mige4j.encoder.Conditioning;
import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.train.config.ConfigKey;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.LongStream;

/**
 * Auxiliary loss that reconstructs coarse latents from the conditioning with linear heads, so that a randomly
 * initialised encoder is informative from the first steps.
 *
 * <pre>
 *   difference  = W · mean over positions of states + b     target − source of each item, pooled to 4 × 4 cells
 *   reference_i = V · states at query i + c                  the i-th share of the 8 × 8 patches of a reference
 *   loss        = mean of  |prediction − expected|² / (|expected|² + 0.02)               |·|²: mean of squares
 *   patches     = cross entropy of  10 · cos(states at query i of image s, P_si)          over all queries and images
 *   total       = loss(difference) + loss(references) + patchClassificationWeight · patches
 * </pre>
 *
 * <p>The denoiser's cross-attention starts by averaging all positions. In that mean a single informative word of an
 * instruction has a weight of about 1/40, and a small model ignores it for 100,000 samples. The denoiser can also
 * distinguish positions only by their states, so each must encode which patches of which image it represents; without
 * the patch classification, the text encoder keeps the content and loses the position, and every reference becomes a
 * blob of the right colour. The heads are discarded after training. Not part of the reference, whose T5 and Q-Former
 * start pretrained.
 */
public final class ReconstructionLoss implements AuxiliaryLoss {

    /** Selected with the type {@code reconstruction}. */
    public record Config(
            @ConfigKey("factor of the loss in the total") double weight,

            @ConfigKey(
                    value = "factor of the patch classification relative to the reconstruction terms",
                    defaultValue = "0.2")
            double patchClassificationWeight)
            implements AuxiliaryLossConfig {

        public Config {
            if (!(patchClassificationWeight >= 0))
                throw new UsageException(
                        "patchClassificationWeight is %s, expected 0 or more.", patchClassificationWeight);
        }

        @Override
        public AuxiliaryLoss create(ModelConfig model, Weights weights) {
            return new ReconstructionLoss(this, model, weights);
        }
    }

    private static final int DIFFERENCE_GRID = 4, REFERENCE_GRID = 8;
    /** Prevents a difference near zero from having more weight than a visible one. */
    private static final double ENERGY_FLOOR = 0.02;
    /** Low enough that a good part of a state must be its position, as the denoiser's keys need it. */
    private static final double LOGIT_SCALE = 10;

    private final double patchClassificationWeight;
    private final int patchSize;
    private final Linear differenceHead, referenceHead;
    private final Tensor patchEmbeddings;

    /** The reconstruction error of the references, and the cross entropy of the patches. */
    record ReferenceLosses(Tensor reconstruction, Tensor patchClassification) {}

    ReconstructionLoss(Config config, ModelConfig model, Weights weights) {
        int latentSize = model.latentSize(),
                width = model.encoder().text().width(),
                channels = model.autoencoder().latentChannels(),
                queries = model.encoder().qFormer().numQueries();
        if (latentSize % REFERENCE_GRID != 0)
            throw new UsageException(
                    "The reconstruction loss needs latents whose side is a multiple of %d, but it is %d.",
                    REFERENCE_GRID, latentSize);
        patchClassificationWeight = config.patchClassificationWeight;
        patchSize = latentSize / REFERENCE_GRID;
        // the key names decide the initial values and the layout of saved training states
        Weights own = weights.at("sketch");
        differenceHead = new Linear(
                own.at("change"),
                width,
                (long) channels * DIFFERENCE_GRID * DIFFERENCE_GRID,
                Init.LECUN_NORMAL,
                Init.ZEROS);
        referenceHead = new Linear(
                own.at("shown"),
                width,
                (long) channels * patchSize * patchSize * (REFERENCE_GRID * REFERENCE_GRID / queries),
                Init.LECUN_NORMAL,
                Init.ZEROS);
        patchEmbeddings =
                own.get("places", Init.normal(1), (long) model.encoder().imageSlots() * queries, width);
    }

    @Override
    public Result compute(EncodedBatch batch) {
        Map<String, Tensor> metrics = new LinkedHashMap<>();
        Tensor loss = differenceLoss(batch.conditioning(), batch.latents(), batch.sourceLatents());
        metrics.put("reconstruction", loss.detach());
        if (batch.referenceLatents() != null) {
            ReferenceLosses references = referenceLosses(
                    batch.conditioning(),
                    batch.batch().layouts(),
                    batch.batch().referenceCounts(),
                    batch.referenceLatents());
            metrics.put("reference_reconstruction", references.reconstruction().detach());
            metrics.put("patch_classification", references.patchClassification().detach());
            loss = loss.add(references.reconstruction())
                    .add(references.patchClassification().mul(patchClassificationWeight));
        }
        return new Result(loss, metrics);
    }

    /** The loss of the differences between latents and sources [B, c, h, w], both scaled. */
    Tensor differenceLoss(Conditioning conditioning, Tensor latents, Tensor source) {
        int n = conditioning.lengths().length;
        float[] inverseLengths = new float[n];
        for (int i = 0; i < n; i++) inverseLengths[i] = 1f / conditioning.lengths()[i];
        Tensor pooledStates = conditioning
                .states()
                .to(DType.F32)
                .sum(false, 1)
                .mul(Tensor.of(inverseLengths, n, 1)); // [B, E]; padding is zero
        return relativeSquaredError(
                differenceHead.forward(pooledStates), pool(latents.sub(source)).reshape(n, -1)); // [B, c · 4 · 4]
    }

    /** The positions of the queries of all references that are complete in their sequence. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record QueryRows(long[] references, long[] rows, long[] classes) {
        static QueryRows of(List<SequenceLayout> layouts, int[] referenceCounts, long paddedLength) {
            LongStream.Builder references = LongStream.builder(),
                    rows = LongStream.builder(),
                    classes = LongStream.builder();
            for (int i = 0, reference = 0; i < referenceCounts.length; i++) {
                SequenceLayout layout = layouts.get(i);
                for (int slot = 0; slot < referenceCounts[i]; slot++, reference++) {
                    OptionalInt start = layout.positionOfImage(slot);
                    if (start.isEmpty()) continue;
                    references.add(reference);
                    for (int query = 0; query < layout.tokensPerImage(); query++) {
                        rows.add(i * paddedLength + start.getAsInt() + query);
                        classes.add(slot * layout.tokensPerImage() + query);
                    }
                }
            }
            return new QueryRows(
                    references.build().toArray(),
                    rows.build().toArray(),
                    classes.build().toArray());
        }
    }

    /** The losses of the queries of references with scaled latents [n, c, h, w], {@code referenceCounts} an item. */
    ReferenceLosses referenceLosses(
            Conditioning conditioning, List<SequenceLayout> layouts, int[] referenceCounts, Tensor latents) {
        Tensor states = conditioning.states();
        QueryRows queries = QueryRows.of(layouts, referenceCounts, states.size(1));
        long k = queries.references.length;
        if (k == 0) return new ReferenceLosses(Tensor.zeros(), Tensor.zeros());
        Tensor queryStates = states.reshape(-1, states.size(2))
                .indexSelect(0, Tensor.of(queries.rows, queries.rows.length))
                .to(DType.F32); // [k · Q, E]
        Tensor predicted = referenceHead.forward(queryStates).view(k, -1); // [k, 64 · p · p · c]
        Tensor patches = latents.indexSelect(0, Tensor.of(queries.references, k))
                .view(k, latents.size(1), REFERENCE_GRID, patchSize, REFERENCE_GRID, patchSize)
                .permute(0, 2, 4, 3, 5, 1)
                .reshape(k, -1);
        Tensor logProbabilities = queryStates
                .normalize()
                .matmul(patchEmbeddings.normalize().transpose(0, 1))
                .mul(LOGIT_SCALE)
                .logSoftmax(1); // [k · Q, S · Q]
        Tensor targetLogProbabilities =
                logProbabilities.gather(1, Tensor.of(queries.classes, queries.classes.length, 1));
        return new ReferenceLosses(
                relativeSquaredError(predicted, patches.narrow(1, 0, predicted.size(1))),
                targetLogProbabilities.mean().neg());
    }

    private static Tensor pool(Tensor latents) {
        return latents.avgPool2d(Math.toIntExact(latents.size(2)) / DIFFERENCE_GRID);
    }

    private static Tensor relativeSquaredError(Tensor prediction, Tensor expected) {
        Tensor error = prediction.sub(expected);
        return error.mul(error)
                .mean(false, 1)
                .div(expected.mul(expected).mean(false, 1).add(ENERGY_FLOOR))
                .mean();
    }
}
