package dev.mige4j.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ShapeException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightsTest {

    @Test
    void initialValuesDoNotDependOnRequestOrder() {
        Weights one = Weights.fresh(5), two = Weights.fresh(5);
        float[] first = one.get("a", Init.XAVIER_UNIFORM, 3, 4).toFloatArray();
        two.get("b", Init.XAVIER_UNIFORM, 3, 4);
        assertArrayEquals(first, two.get("a", Init.XAVIER_UNIFORM, 3, 4).toFloatArray());
        assertNotEquals(first[0], two.get("b", Init.XAVIER_UNIFORM, 3, 4).toFloatArray()[0]);
        assertNotEquals(
                first[0], Weights.fresh(6).get("a", Init.XAVIER_UNIFORM, 3, 4).toFloatArray()[0]);
    }

    @Test
    void returnsTheSameTensorForTheSameKey() {
        Weights weights = Weights.fresh(1);
        assertSame(weights.at("x").get("w", Init.ONES, 2), weights.at("x").get("w", Init.ONES, 2));
        assertThrows(ShapeException.class, () -> weights.at("x").get("w", Init.ONES, 3));
    }

    @Test
    void weightsOutliveTheScopeTheyWereCreatedIn() {
        Weights weights = Weights.fresh(1);
        Scope.scoped(() -> {
            weights.get("w", Init.normal(1), 2);
        });
        assertEquals(2, weights.get("w", Init.normal(1), 2).toFloatArray().length);
    }

    @Test
    void drawsFromTheRequestedDistribution() {
        Rng rng = new Rng(1, 1);
        assertArrayEquals(new float[] {0, 0}, Init.ZEROS.create(rng, 2).toFloatArray());
        assertArrayEquals(new float[] {1, 1}, Init.ONES.create(rng, 2).toFloatArray());
        double bound = Math.sqrt(6.0 / (30 + 2 * 25));
        assertDistribution(Init.XAVIER_UNIFORM.create(rng, 30, 2, 5, 5), bound, bound / Math.sqrt(3));
        assertDistribution(Init.CONV_DEFAULT.create(rng, 30, 2, 5, 5), 1 / Math.sqrt(50), 1 / Math.sqrt(150));
        assertDistribution(Init.uniform(0.5).create(rng, 1500), 0.5, 0.5 / Math.sqrt(3));
        assertDistribution(Init.normal(0.02).create(rng, 1500), 0.1, 0.02);
        assertDistribution(Init.truncatedNormal(0.02).create(rng, 1500), 0.1, 0.02);
        assertDistribution(Init.truncatedNormal(2).create(rng, 1500), 2, 1.437);
    }

    private static void assertDistribution(Tensor sample, double bound, double std) {
        double squares = 0, largest = 0;
        float[] values = sample.toFloatArray();
        for (float v : values) {
            squares += (double) v * v;
            largest = Math.max(largest, Math.abs(v));
        }
        assertTrue(largest <= bound + 1e-7, largest + " is beyond " + bound);
        assertEquals(std, Math.sqrt(squares / values.length), 0.08 * std);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void randomWeightsAreNeverZero(long seed) {
        for (float v : Weights.random(seed).get("w", Init.ZEROS, 1000).toFloatArray()) assertNotEquals(0f, v);
        double mean = 0;
        for (float v : Weights.random(seed).get("w", Init.ONES, 1000).toFloatArray()) mean += v / 1000;
        assertEquals(1, mean, 0.05);
    }

    @Test
    void recordsRequestedTensorsInOrder() {
        Map<String, Tensor> recorded = new LinkedHashMap<>();
        Weights weights = Weights.fresh(1).recordingInto(recorded);
        new Linear(weights.at("blocks").at(0), 2, 3);
        assertEquals(List.of("blocks.0.weight", "blocks.0.bias"), List.copyOf(recorded.keySet()));
        assertArrayEquals(new long[] {3, 2}, recorded.get("blocks.0.weight").shape());
    }

    @Test
    void suggestsTheClosestGivenName() {
        Weights weights = Weights.of(Map.of("FFM.weight", Tensor.ones(2)));
        assertTrue(weights.at("FFM").has("weight"));
        assertFalse(weights.has("weight"));
        var e = assertThrows(WeightsException.class, () -> weights.at("FFM").get("wieght", Init.ONES, 2));
        assertEquals("the given tensors: no tensor 'FFM.wieght'; the nearest name is 'FFM.weight'.", e.getMessage());
    }

    @Test
    void recordsShapesWithoutAllocatingMemory() {
        ShapeRecorder shapes = new ShapeRecorder();
        new Linear(shapes.weights().at("huge"), 1 << 20, 1 << 20);
        assertEquals(
                List.of("huge.weight", "huge.bias"), List.copyOf(shapes.specs().keySet()));
        assertArrayEquals(
                new long[] {1 << 20, 1 << 20}, shapes.specs().get("huge.weight").shape());
        assertEquals((1L << 40) + (1L << 20), shapes.parameterCount());
        assertSame(Init.XAVIER_UNIFORM, shapes.specs().get("huge.weight").init());
    }
}
