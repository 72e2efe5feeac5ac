package mige.encoder;

import static mige.encoder.FeatureFusion.Config.TINY;
import static mige.tensor.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.Map;
import mige.tensor.Rng;
import mige.tensor.ShapeException;
import mige.tensor.Tensor;
import mige.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureFusionTest {

    final Tensor queries = new Rng(1, 1).normal(2, 4, 8), patches = new Rng(1, 2).normal(2, 9, 12);

    @Test void startsAsTheNormalisedQueries() {
        var fusion = new FeatureFusion(TINY, Weights.fresh(1));
        assertClose(queries.layerNorm(null, null, 1e-6), fusion.forward(queries, patches), 1e-6);
    }

    @ParameterizedTest @ValueSource(longs = {1, 2, 3}) void ignoresTheOrderOfThePatches(long seed) {
        var fusion = new FeatureFusion(TINY, Weights.random(seed));
        assertClose(fusion.forward(queries, patches), fusion.forward(queries, patches.flip(1)), 1e-5);
    }

    @ParameterizedTest @ValueSource(longs = {1, 2, 3}) void neverMixesThePicturesOfABatch(long seed) {
        var fusion = new FeatureFusion(TINY, Weights.random(seed));
        assertClose(fusion.forward(queries, patches).row(1), fusion.forward(queries.row(1), patches.row(1)), 1e-5);
    }

    @Test void takesEqualPatchesForOne() {
        var fusion = new FeatureFusion(TINY, Weights.random(4));
        Tensor one = patches.narrow(1, 0, 1);
        assertClose(fusion.forward(queries, one), fusion.forward(queries, one.expand(2, 50, 12)), 1e-5);
    }

    @Test void sendsAGradientToEachOfItsWeights() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        var fusion = new FeatureFusion(TINY, Weights.random(5).recordingInto(weights));
        weights.values().forEach(w -> w.needGradient(true));
        Tensor out = fusion.forward(queries, patches);
        out.mul(new Rng(9, 9).normal(2, 4, 8)).sum().backward();
        weights.forEach((key, w) -> assertEquals(w.count(), w.gradient().count(), key));
    }

    @Test void saysWhichShapeItExpected() {
        var fusion = new FeatureFusion(TINY, Weights.fresh(1));
        var e = assertThrows(ShapeException.class, () -> fusion.forward(queries, patches.row(1)));
        assertEquals("patches [n, N, C] is [1, 9, 12], expected [2, any, 12]", e.getMessage());
    }
}
