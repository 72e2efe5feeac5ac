package dev.mige4j.train.auxiliary;

import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.train.config.ConfigKey;
import dev.mige4j.train.dataset.TrainingBatch;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.LongStream;

/**
 * Auxiliary loss that teaches the encoder which part of the source an instruction changes.
 *
 * <pre>
 *   logit_i = w · state at query i of the source + b
 *   loss    = mean of binary cross entropy(logit_i, share of the mask in the patches that query i represents)
 * </pre>
 *
 * <p>"Remove the apple" means one of several objects, and which one follows from a word and the look of a small part of
 * the source. The diffusion loss says so only in the few patches that change, and after both have passed the denoiser.
 * Here every query of the source says it directly. The head is discarded after training. Not part of the reference,
 * whose encoders start pretrained on texts about images.
 */
public final class MaskPrediction implements AuxiliaryLoss {

    /** Selected with the type {@code mask-prediction}. */
    public record Config(
            @ConfigKey("factor of the loss in the total") double weight) implements AuxiliaryLossConfig {

        @Override
        public AuxiliaryLoss create(ModelConfig model, Weights weights) {
            return new MaskPrediction(model, weights);
        }
    }

    private final QueryGrid grid;
    private final int patchPooling; // cells of the latent along a side of a patch
    private final float[] averaging; // [N, Q], of the patches of each query
    private final Linear head;

    MaskPrediction(ModelConfig model, Weights weights) {
        grid = QueryGrid.of(model);
        patchPooling = model.denoiser().patchSize();
        averaging = averaging(grid);
        head = new Linear(
                weights.at("mask_prediction"), model.encoder().text().width(), 1, Init.LECUN_NORMAL, Init.ZEROS);
    }

    private static float[] averaging(QueryGrid grid) {
        float[] patchesOfQuery = new float[grid.queries()], averaging = new float[grid.patches() * grid.queries()];
        for (int patch = 0; patch < grid.patches(); patch++) patchesOfQuery[grid.queryOf(patch)]++;
        for (int patch = 0; patch < grid.patches(); patch++)
            averaging[patch * grid.queries() + grid.queryOf(patch)] = 1 / patchesOfQuery[grid.queryOf(patch)];
        return averaging;
    }

    /** The positions of the queries of all sources that are complete in their sequence. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record SourceQueries(long[] items, long[] rows) {
        static SourceQueries of(TrainingBatch batch, long paddedLength) {
            LongStream.Builder items = LongStream.builder(), rows = LongStream.builder();
            for (int i = 0; i < batch.size(); i++) {
                if (batch.sourceReferences()[i] < 0) continue;
                SequenceLayout layout = batch.layouts().get(i);
                OptionalInt start = layout.positionOfImage(batch.sourceReferences()[i]);
                if (start.isEmpty()) continue;
                items.add(i);
                for (int query = 0; query < layout.tokensPerImage(); query++)
                    rows.add(i * paddedLength + start.getAsInt() + query);
            }
            return new SourceQueries(items.build().toArray(), rows.build().toArray());
        }
    }

    @Override
    public Result compute(EncodedBatch batch) {
        Tensor states = batch.conditioning().states();
        SourceQueries sources = SourceQueries.of(batch.batch(), states.size(1));
        int n = sources.items.length;
        if (n == 0) return new Result(Tensor.zeros(), Map.of());
        Tensor queryStates = states.reshape(-1, states.size(2))
                .indexSelect(0, Tensor.of(sources.rows, sources.rows.length))
                .to(DType.F32); // [n · Q, E]
        Tensor logits = head.forward(queryStates).view(n, grid.queries());
        Tensor shares = changedShares(batch.batch().mask().indexSelect(0, Tensor.of(sources.items, n)));
        Tensor loss = binaryCrossEntropy(logits, shares);
        Map<String, Tensor> metrics = new LinkedHashMap<>();
        metrics.put("mask_prediction", loss.detach());
        metrics.put("mask_iou", intersectionOverUnion(logits.detach(), shares));
        return new Result(loss, metrics);
    }

    /** The mean of masks [n, 1, h, w] over the patches of each query: [n, Q]. */
    private Tensor changedShares(Tensor masks) {
        Tensor patches = (patchPooling == 1 ? masks : masks.avgPool2d(patchPooling)).reshape(masks.size(0), -1);
        return patches.matmul(Tensor.of(averaging, grid.patches(), grid.queries()));
    }

    /** The mean of log(1 + e^x) − x · y, without overflow. */
    private static Tensor binaryCrossEntropy(Tensor logits, Tensor targets) {
        Tensor softplus = logits.relu().add(logits.abs().neg().exp().add(1).log());
        return softplus.sub(logits.mul(targets)).mean();
    }

    /** Over the whole batch, of the queries whose part of the source changes by at least half. */
    private static Tensor intersectionOverUnion(Tensor logits, Tensor shares) {
        Tensor predicted = logits.gt(0).to(DType.F32), actual = shares.gt(0.5).to(DType.F32);
        Tensor intersection = predicted.mul(actual).sum();
        return intersection.div(
                predicted.sum().add(actual.sum()).sub(intersection).add(1e-6));
    }
}
