package dev.mige4j.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.ShapeException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.ShapeRecorder.LinearSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoraAdapterTest {

    private static final Weights WEIGHTS = Weights.random(1);

    private static LoraAdapter random(long seed, int rank, long in, long out, double scale) {
        Rng rng = new Rng(seed, 0);
        return new LoraAdapter(rng.normal(rank, in), rng.normal(out, rank), scale);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void severalAdaptersOfALayerAddUpToTheMergedWeight(DType dtype) {
        LoraAdapter first = random(1, 2, 5, 3, 0.5), second = random(2, 4, 5, 3, -0.25);
        Tensor x = new Rng(3, 0).normal(2, 4, 5);
        Tensor weight = WEIGHTS.at("a").get("weight", Init.ZEROS, 3, 5),
                bias = WEIGHTS.at("a").get("bias", Init.ZEROS, 3);
        float[] expected = x.linear(weight.add(first.deltaWeight()).add(second.deltaWeight()), bias)
                .toFloatArray();
        Linear linear = new Linear(
                WEIGHTS.withAdapters(Map.of("a", List.of(first, second))).at("a"), 5, 3);
        Tensor y = linear.forward(x.to(dtype));
        assertEquals(dtype, y.dtype());
        assertArrayEquals(expected, y.toFloatArray(), dtype == DType.F32 ? 1e-5f : 0.2f);
    }

    @Test
    void anotherLayerKeepsItsOutput() {
        Tensor x = new Rng(3, 0).normal(4, 5);
        float[] expected = new Linear(WEIGHTS.at("a"), 5, 3).forward(x).toFloatArray();
        Weights adapted = WEIGHTS.withAdapters(Map.of("ab", List.of(random(1, 2, 5, 3, 1))));
        assertArrayEquals(expected, new Linear(adapted.at("a"), 5, 3).forward(x).toFloatArray());
    }

    @Test
    void aNewAdapterChangesNothingAndIsDrawnAsInPeft() {
        LoraAdapter fresh = LoraAdapter.init(new Rng(1, 1), 64, 100, 30, 2);
        Tensor x = new Rng(3, 0).normal(4, 100);
        float[] before = new Linear(WEIGHTS.at("b"), 100, 30).forward(x).toFloatArray();
        Weights adapted = WEIGHTS.withAdapters(Map.of("b", List.of(fresh)));
        assertArrayEquals(
                before, new Linear(adapted.at("b"), 100, 30).forward(x).toFloatArray());
        float largest = 0;
        for (float value : fresh.a().toFloatArray()) largest = Math.max(largest, Math.abs(value));
        assertEquals(0.1, largest, 1e-3, "uniform in 1 / sqrt(in)");
    }

    @Test
    void onlyTheAdapterHasGradients() {
        LoraAdapter adapter = LoraAdapter.init(new Rng(1, 1), 2, 5, 3, 2);
        adapter.a().requiresGrad_(true);
        adapter.b().requiresGrad_(true);
        Map<String, Tensor> recorded = new LinkedHashMap<>();
        Weights adapted = WEIGHTS.withAdapters(Map.of("a", List.of(adapter))).recordingInto(recorded);
        Tensor x = new Rng(3, 0).normal(4, 5).to(DType.BF16);
        new Linear(adapted.at("a"), 5, 3).forward(x).sum().backward();
        assertEquals(
                List.of("a.weight", "a.bias", "a.lora_A.weight", "a.lora_B.weight"), List.copyOf(recorded.keySet()));
        assertEquals(DType.F32, adapter.b().grad().dtype());
        assertNotNull(adapter.a().grad());
        assertEquals(0, adapter.a().grad().abs().sum().item(), "B is zero");
        double expected = x.to(DType.F32).linear(adapter.a(), null).sum().item() * 2 * 3;
        assertEquals(expected, adapter.b().grad().sum().item(), 0.02 * Math.abs(expected) + 0.02);
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        assertThrows(ShapeException.class, () -> new LoraAdapter(Tensor.ones(2, 5), Tensor.ones(3, 4), 1));
        Weights adapted = WEIGHTS.withAdapters(Map.of("a", List.of(random(1, 2, 6, 3, 1))));
        var e = assertThrows(WeightsException.class, () -> new Linear(adapted.at("a"), 5, 3));
        assertEquals(
                "The LoRA for 'a' is for a layer from 6 to 3 features, but that of the model is from 5 to 3; it belongs"
                        + " to another model.",
                e.getMessage());
    }

    @Test
    void shapesAreRecordedForEveryLinearLayer() {
        ShapeRecorder shapes = new ShapeRecorder();
        new Linear(shapes.weights().at("x").at(0), 5, 3);
        Linear.withoutBias(shapes.weights().at("y"), 2, 7);
        assertEquals(Map.of("x.0", new LinearSpec(5, 3), "y", new LinearSpec(2, 7)), shapes.linearLayers());
    }
}
