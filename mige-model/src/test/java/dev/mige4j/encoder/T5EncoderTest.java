package dev.mige4j.encoder;

import static dev.mige4j.encoder.T5Encoder.Config.TINY;
import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ShapeException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.SimulatedGpu;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class T5EncoderTest {

    final T5Encoder encoder = new T5Encoder(TINY, Weights.random(3));
    final Tensor embeddings = new Rng(2, 0).normal(12, 8);

    @Test
    void packedAndPaddedItemsGiveTheSameResult() {
        Tensor padded = Tensor.stack(
                0,
                List.of(
                        embeddings.narrow(0, 0, 7),
                        Tensor.cat(0, embeddings.narrow(0, 7, 5), new Rng(8, 8).normal(2, 8))));
        Tensor mask = Tensor.of(new int[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 2, 7);
        Tensor reference = encoder.forward(padded, mask), packed = encoder.forward(embeddings, new int[] {7, 5});
        assertClose(reference.select(0, 0), packed.narrow(0, 0, 7), 1e-5);
        assertClose(reference.select(0, 1).narrow(0, 0, 5), packed.narrow(0, 7, 5), 1e-5);
    }

    @Test
    void doesNotMixItemsOfABatch() {
        Tensor both = encoder.forward(embeddings, new int[] {7, 5});
        assertClose(encoder.forward(embeddings.narrow(0, 7, 5), new int[] {5}), both.narrow(0, 7, 5), 1e-5);
    }

    @Test
    void givesTheSameResultWithGradients() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        T5Encoder trained = new T5Encoder(TINY, Weights.random(3).recordingInto(weights));
        weights.values().forEach(w -> w.requiresGrad_(true));
        Tensor output = trained.forward(embeddings, new int[] {2, 7, 3});
        assertClose(encoder.forward(embeddings, new int[] {2, 7, 3}), output.detach(), 1e-5);
        output.narrow(0, 2, 7).sum().backward();
        assertTrue(weights.get("encoder.block.0.layer.0.SelfAttention.q.weight")
                        .grad()
                        .abs()
                        .sum()
                        .item()
                > 0);
    }

    @Test
    void gradientCheckpointingGivesTheSameGradients() {
        for (boolean trainsInput : new boolean[] {true, false}) {
            for (boolean trainsWeights : new boolean[] {true, false}) {
                List<Tensor> plain = gradients(trainsInput, trainsWeights, false),
                        recomputed = gradients(trainsInput, trainsWeights, true);
                assertEquals(1 + (trainsInput ? 1 : 0) + (trainsWeights ? 2 : 0), plain.size());
                for (int i = 0; i < plain.size(); i++) assertClose(plain.get(i), recomputed.get(i), 1e-5);
            }
        }
    }

    /** The states, and the gradients of the embeddings and of two weights, where they are trained. */
    private List<Tensor> gradients(boolean trainsInput, boolean trainsWeights, boolean checkpointing) {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        T5Encoder trained = new T5Encoder(TINY, Weights.random(3).recordingInto(weights));
        weights.values().forEach(w -> w.requiresGrad_(trainsWeights));
        Tensor leaf = embeddings.detach().requiresGrad_(trainsInput), input = leaf.mul(2);
        int[] lengths = {2, 7, 3};
        Tensor weighting = new Rng(4, 4).normal(12, 8);
        List<Tensor> results = new ArrayList<>();
        if (checkpointing) {
            T5Encoder.CheckpointedStates checkpointed = trained.forwardWithGradientCheckpointing(input, lengths);
            results.add(checkpointed.states().detach());
            if (trainsInput || trainsWeights)
                checkpointed.states().mul(weighting).sum().backward();
            checkpointed.surrogate().get().ifPresent(Tensor::backward);
        } else {
            Tensor states = trained.forward(input, lengths);
            results.add(states.detach());
            if (trainsInput || trainsWeights) states.mul(weighting).sum().backward();
        }
        if (trainsInput) results.add(leaf.grad());
        if (trainsWeights)
            for (String key : List.of("q.weight", "relative_attention_bias.weight"))
                results.add(weights.get("encoder.block.0.layer.0.SelfAttention." + key)
                        .grad());
        return results;
    }

    @Test
    void theSameHoldsOnAGpu() throws Exception {
        SimulatedGpu.runProcess(OnAGpu.class);
    }

    static final class OnAGpu {
        public static void main(String[] arguments) {
            new T5EncoderTest().packedAndPaddedItemsGiveTheSameResult();
            new T5EncoderTest().doesNotMixItemsOfABatch();
            new T5EncoderTest().givesTheSameResultWithGradients();
            new T5EncoderTest().gradientCheckpointingGivesTheSameGradients();
            System.out.println("passed");
        }
    }

    @Test
    void dependsOnTokenOrder() {
        double difference = encoder.forward(embeddings, new int[] {12})
                .sub(encoder.forward(embeddings.flip(0), new int[] {12}).flip(0))
                .abs()
                .amax(false, 0, 1)
                .item();
        assertTrue(difference > 1e-3, "difference " + difference);
    }

    @Test
    void positionBiasDependsOnDistanceOnly() {
        Tensor shorter = encoder.positionBias(5), longer = encoder.positionBias(9);
        assertClose(shorter, longer.narrow(1, 3, 5).narrow(2, 3, 5), 0);
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "-1,1",
        "-7,7",
        "-8,8",
        "-11,8",
        "-12,9",
        "-16,10",
        "-23,11",
        "-32,12",
        "-46,13",
        "-64,14",
        "-90,14",
        "-91,15",
        "-255,15",
        "1,17",
        "7,23",
        "8,24",
        "15,25",
        "16,26",
        "31,27",
        "45,28",
        "63,29",
        "90,30",
        "91,31",
        "10000,31"
    })
    void matchesTheReferenceBuckets(int distance, int bucket) {
        assertEquals(bucket, T5Encoder.relativePositionBucket(distance, 32, 128));
    }

    @Test
    void reportsTheExpectedLengths() {
        var e = assertThrows(ShapeException.class, () -> encoder.forward(embeddings, new int[] {7, 4}));
        assertEquals("embeddings [R, E] is [12, 8], expected [11, 8]", e.getMessage());
    }
}
