package dev.mige4j.train.auxiliary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.encoder.Conditioning;
import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.auxiliary.AuxiliaryLoss.EncodedBatch;
import dev.mige4j.train.dataset.TrainingBatch;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MaskPredictionTest {

    private static final int WIDTH = ModelConfig.TINY.encoder().text().width(),
            QUERIES = ModelConfig.TINY.encoder().qFormer().numQueries(),
            LATENT_SIZE = ModelConfig.TINY.latentSize();

    private final Map<String, Tensor> namedTensors = new LinkedHashMap<>();
    private final MaskPrediction maskPrediction =
            new MaskPrediction(ModelConfig.TINY, Weights.fresh(1).recordingInto(namedTensors));

    /** An item "image, image, end", whose second image is the source, and an item "image, end" without a source. */
    private static EncodedBatch batch(Tensor states, Tensor mask, int sourceReference) {
        List<int[]> two = List.of(new int[] {}, new int[] {}, new int[] {}), one = List.of(new int[] {}, new int[] {});
        List<SequenceLayout> layouts =
                List.of(SequenceLayout.of(two, 4, QUERIES, 99, 1), SequenceLayout.of(one, 4, QUERIES, 99, 1));
        TrainingBatch batch = new TrainingBatch(
                null,
                null,
                null,
                null,
                new int[] {2, 1},
                new int[] {sourceReference, -1},
                layouts,
                null,
                new int[2],
                null,
                false,
                new int[2][],
                mask);
        return new EncodedBatch(
                batch, null, null, null, new Conditioning(states, new int[] {2 * QUERIES + 1, QUERIES + 1}));
    }

    private static Tensor states() {
        return new Rng(2, 1).normal(2, 2 * QUERIES + 1, WIDTH);
    }

    /** The first item's first patch changes and nothing else; all of the second item. */
    private static Tensor mask() {
        Tensor mask = Tensor.zeros(2, 1, LATENT_SIZE, LATENT_SIZE);
        int patch = ModelConfig.TINY.denoiser().patchSize();
        mask.narrow(0, 0, 1).narrow(2, 0, patch).narrow(3, 0, patch).fill_(1);
        mask.narrow(0, 1, 1).fill_(1);
        return mask;
    }

    @Test
    void onlyTheQueriesOfTheSourceReceiveAGradient() {
        Tensor states = states().requiresGrad_(true);
        maskPrediction.compute(batch(states, mask(), 1)).loss().backward();
        int length = 2 * QUERIES + 1;
        float[] expected = new float[2 * length], hasGradient = new float[2 * length];
        for (int position = QUERIES; position < 2 * QUERIES; position++) expected[position] = 1;
        for (int position = 0; position < hasGradient.length; position++)
            hasGradient[position] = states.grad()
                                    .reshape(2L * length, WIDTH)
                                    .select(0, position)
                                    .norm()
                                    .item()
                            > 1e-6
                    ? 1
                    : 0;
        assertArrayEquals(expected, hasGradient);
    }

    @Test
    void statesOfZeroGiveTheEntropyOfAnUnknownBit() {
        Tensor zeros = Tensor.zeros(2, 2 * QUERIES + 1, WIDTH);
        assertEquals(
                Math.log(2),
                maskPrediction.compute(batch(zeros, mask(), 1)).loss().item(),
                1e-6);
    }

    @Test
    void theTargetOfAQueryIsTheShareOfItsPatchesThatChange() {
        namedTensors.get("mask_prediction.bias").detach().fill_(-50);
        double patchesOfFirstQuery = 0;
        QueryGrid grid = QueryGrid.of(ModelConfig.TINY);
        for (int patch = 0; patch < grid.patches(); patch++) if (grid.queryOf(patch) == 0) patchesOfFirstQuery++;
        Tensor zeros = Tensor.zeros(2, 2 * QUERIES + 1, WIDTH);
        // the cross entropy of the logit -50 is 50 times the share that changes
        assertEquals(
                50 / patchesOfFirstQuery / QUERIES,
                maskPrediction.compute(batch(zeros, mask(), 0)).loss().item(),
                1e-5);
    }

    @Test
    void aBatchWithoutSourcesHasNoLoss() {
        AuxiliaryLoss.Result result = maskPrediction.compute(batch(states(), mask(), -1));
        assertEquals(0, result.loss().item());
        assertEquals(Map.of(), result.metrics());
    }
}
