package dev.mige4j.encoder;

import static dev.mige4j.encoder.FeatureFusion.Config.TINY;
import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ShapeException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureFusionTest {

    final Tensor queries = new Rng(1, 1).normal(2, 4, 8), patches = new Rng(1, 2).normal(2, 9, 12);

    @Test
    void initiallyReturnsTheNormalizedQueries() {
        var fusion = new FeatureFusion(TINY, Weights.fresh(1));
        assertClose(queries.layerNorm(null, null, 1e-6), fusion.forward(queries, patches), 1e-6);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void ignoresTheOrderOfThePatches(long seed) {
        var fusion = new FeatureFusion(TINY, Weights.random(seed));
        assertClose(fusion.forward(queries, patches), fusion.forward(queries, patches.flip(1)), 1e-5);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void doesNotMixImagesOfABatch(long seed) {
        var fusion = new FeatureFusion(TINY, Weights.random(seed));
        assertClose(fusion.forward(queries, patches).row(1), fusion.forward(queries.row(1), patches.row(1)), 1e-5);
    }

    @Test
    void treatsEqualPatchesAsOne() {
        var fusion = new FeatureFusion(TINY, Weights.random(4));
        Tensor one = patches.narrow(1, 0, 1);
        assertClose(fusion.forward(queries, one), fusion.forward(queries, one.expand(2, 50, 12)), 1e-5);
    }

    @Test
    void gradientsReachEveryWeight() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        var fusion = new FeatureFusion(TINY, Weights.random(5).recordingInto(weights));
        weights.values().forEach(w -> w.requiresGrad_(true));
        Tensor out = fusion.forward(queries, patches);
        out.mul(new Rng(9, 9).normal(2, 4, 8)).sum().backward();
        weights.keySet().remove("ln_k_1.bias"); // shifts all scores of a query alike, which softmax ignores
        weights.forEach((key, w) -> assertTrue(w.grad().norm().item() > 0, key));
    }

    @Test
    void reportsTheExpectedShape() {
        var fusion = new FeatureFusion(TINY, Weights.fresh(1));
        var e = assertThrows(ShapeException.class, () -> fusion.forward(queries, patches.row(1)));
        assertEquals("patches [n, N, C] is [1, 9, 12], expected [2, any, 12]", e.getMessage());
    }
}
