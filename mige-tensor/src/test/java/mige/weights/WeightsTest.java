package mige.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mige.tensor.Rng;
import mige.tensor.Scope;
import mige.tensor.ShapeException;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;
import mige.tensor.nn.Linear;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightsTest {

    @Test void bearsTheSameTensorWhateverTheOrderOfAsking() {
        Weights one = Weights.fresh(5), two = Weights.fresh(5);
        float[] first = one.get("a", Birth.XAVIER, 3, 4).floats();
        two.get("b", Birth.XAVIER, 3, 4);
        assertArrayEquals(first, two.get("a", Birth.XAVIER, 3, 4).floats());
        assertNotEquals(first[0], two.get("b", Birth.XAVIER, 3, 4).floats()[0]);
        assertNotEquals(first[0], Weights.fresh(6).get("a", Birth.XAVIER, 3, 4).floats()[0]);
    }

    @Test void bearsAKeyOnce() {
        Weights weights = Weights.fresh(1);
        assertSame(weights.at("x").get("w", Birth.ONE, 2), weights.at("x").get("w", Birth.ONE, 2));
        assertThrows(ShapeException.class, () -> weights.at("x").get("w", Birth.ONE, 3));
    }

    @Test void keepsWhatIsBornInsideAScope() {
        Weights weights = Weights.fresh(1);
        Scope.scoped(() -> { weights.get("w", Birth.normal(1), 2); });
        assertEquals(2, weights.get("w", Birth.normal(1), 2).floats().length);
    }

    @Test void drawsWhatTheBirthSays() {
        Rng rng = new Rng(1, 1);
        assertArrayEquals(new float[] {0, 0}, Birth.ZERO.make(rng, 2).floats());
        assertArrayEquals(new float[] {1, 1}, Birth.ONE.make(rng, 2).floats());
        double bound = Math.sqrt(6.0 / (30 + 2 * 25));
        within(Birth.XAVIER.make(rng, 30, 2, 5, 5), bound, bound / Math.sqrt(3));
        within(Birth.CONV_DEFAULT.make(rng, 30, 2, 5, 5), 1 / Math.sqrt(50), 1 / Math.sqrt(150));
        within(Birth.uniform(0.5).make(rng, 1500), 0.5, 0.5 / Math.sqrt(3));
        within(Birth.normal(0.02).make(rng, 1500), 0.1, 0.02);
        within(Birth.truncatedNormal(0.02).make(rng, 1500), 0.1, 0.02);
        within(Birth.truncatedNormal(2).make(rng, 1500), 2, 1.437);
    }

    private static void within(Tensor drawn, double bound, double deviation) {
        double squares = 0, largest = 0;
        float[] values = drawn.floats();
        for (float v : values) {
            squares += (double) v * v;
            largest = Math.max(largest, Math.abs(v));
        }
        assertTrue(largest <= bound + 1e-7, largest + " is beyond " + bound);
        assertEquals(deviation, Math.sqrt(squares / values.length), 0.08 * deviation);
    }

    @ParameterizedTest @ValueSource(longs = {1, 2, 3}) void isNeverZeroForLaws(long seed) {
        for (float v : Weights.random(seed).get("w", Birth.ZERO, 1000).floats()) assertNotEquals(0f, v);
        double mean = 0;
        for (float v : Weights.random(seed).get("w", Birth.ONE, 1000).floats()) mean += v / 1000;
        assertEquals(1, mean, 0.05);
    }

    @Test void tellsEveryTensorItHandsOutInOrder() {
        Map<String, Tensor> told = new LinkedHashMap<>();
        Weights weights = Weights.fresh(1).recordingInto(told);
        new Linear(weights.at("blocks").at(0), 2, 3);
        assertEquals(List.of("blocks.0.weight", "blocks.0.bias"), List.copyOf(told.keySet()));
        assertArrayEquals(new long[] {3, 2}, told.get("blocks.0.weight").shape());
    }

    @Test void namesTheNearestOfTheGivenTensors() {
        Weights weights = Weights.of(Map.of("FFM.weight", Tensor.ones(2)));
        assertTrue(weights.at("FFM").has("weight"));
        assertFalse(weights.has("weight"));
        var e = assertThrows(WeightsException.class, () -> weights.at("FFM").get("wieght", Birth.ONE, 2));
        assertEquals("the given tensors: no tensor 'FFM.wieght'; the nearest name is 'FFM.weight'.", e.getMessage());
    }

    @Test void outlinesAModelOfAnySizeWithoutMemory() {
        Outline outline = new Outline();
        new Linear(outline.weights().at("huge"), 1 << 20, 1 << 20);
        assertEquals(List.of("huge.weight", "huge.bias"), List.copyOf(outline.slots().keySet()));
        assertArrayEquals(new long[] {1 << 20, 1 << 20}, outline.slots().get("huge.weight").shape());
        assertEquals((1L << 40) + (1L << 20), outline.count());
        assertSame(Birth.XAVIER, outline.slots().get("huge.weight").birth());
    }
}
