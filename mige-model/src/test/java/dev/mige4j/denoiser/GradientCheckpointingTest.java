package dev.mige4j.denoiser;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.TensorAssertions;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.lora.LoraConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GradientCheckpointingTest {

    private final Map<String, Tensor> weights = new LinkedHashMap<>();
    private final Denoiser denoiser =
            new Denoiser(Denoiser.Config.TINY, Weights.random(3).recordingInto(weights));
    private final Rng rng = new Rng(1, 1);
    private final Tensor x = rng.normal(2, 4, 8, 8),
            source = rng.normal(2, 4, 8, 8),
            t = Tensor.of(new float[] {3, 700}, 2),
            text = rng.normal(2, 6, 12);

    private static Tensor loss(Tensor prediction) {
        return prediction.mul(prediction).mean();
    }

    private Map<String, Tensor> gradients(Tensor loss) {
        loss.backward();
        Map<String, Tensor> gradients = new LinkedHashMap<>();
        weights.forEach((key, weight) -> {
            if (!key.equals("y_embedder.y_embedding") && !key.equals("pos_embed"))
                gradients.put(key, weight.grad().copy());
        });
        return gradients;
    }

    @Test
    void matchesTheGradientsOfForward() {
        weights.values().forEach(weight -> weight.requiresGrad_(true));
        Tensor plain = loss(denoiser.forward(x, source, t, text, new int[] {6, 4}));
        Map<String, Tensor> expected = gradients(plain);
        weights.values().forEach(weight -> weight.requiresGrad_(true));
        weights.forEach((key, weight) -> {
            if (expected.containsKey(key)) weight.grad().fill_(0);
        });
        Tensor recomputed = denoiser.gradientCheckpointedLoss(
                x, source, t, text, new int[] {6, 4}, GradientCheckpointingTest::loss);
        assertEquals(plain.item(), recomputed.item(), 1e-5 * Math.abs(plain.item()));
        Map<String, Tensor> actual = gradients(recomputed);
        expected.forEach((key, gradient) -> {
            if (!key.endsWith("qkv.bias") && !key.endsWith("kv_linear.bias"))
                TensorAssertions.assertClose(gradient, actual.get(key), 1e-4);
        });
    }

    @Test
    void givesTheAdaptersOfTheBlocksTheirGradientsWhileEverythingElseIsFrozen() {
        ShapeRecorder shapes = new ShapeRecorder();
        new Denoiser(Denoiser.Config.TINY, shapes.weights());
        List<Map<String, Tensor>> gradients = new ArrayList<>();
        for (boolean checkpointing : new boolean[] {false, true}) {
            Map<String, LoraAdapter> adapters =
                    new LoraConfig(3, 6, List.of("attn.qkv", "kv_linear", "mlp.fc2")).init(shapes.linearLayers(), 5);
            Map<String, List<LoraAdapter>> byModule = new LinkedHashMap<>();
            adapters.forEach((module, adapter) -> {
                adapter.b()
                        .add_(new Rng(9, module.length())
                                .normal(adapter.b().shape())); // B = 0 would give A no gradient
                adapter.a().requiresGrad_(true);
                adapter.b().requiresGrad_(true);
                byModule.put(module, List.of(adapter));
            });
            Denoiser adapted =
                    new Denoiser(Denoiser.Config.TINY, Weights.random(3).withAdapters(byModule));
            int[] lengths = {6, 4};
            Tensor loss = checkpointing
                    ? adapted.gradientCheckpointedLoss(x, source, t, text, lengths, GradientCheckpointingTest::loss)
                    : loss(adapted.forward(x, source, t, text, lengths));
            loss.backward();
            Map<String, Tensor> result = new LinkedHashMap<>(Map.of("loss", loss.detach()));
            adapters.forEach((module, adapter) -> {
                result.put(module + ".A", adapter.a().grad());
                result.put(module + ".B", adapter.b().grad());
            });
            gradients.add(result);
        }
        assertEquals(13, gradients.get(0).size()); // two blocks of three targets
        gradients
                .get(0)
                .forEach((key, gradient) ->
                        TensorAssertions.assertClose(gradient, gradients.get(1).get(key), 1e-4));
    }
}
