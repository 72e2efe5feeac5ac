package mige.denoiser;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import mige.tensor.Close;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import mige.weights.Weights;
import org.junit.jupiter.api.Test;

class RecomputingTest {

    private final Map<String, Tensor> weights = new LinkedHashMap<>();
    private final Denoiser denoiser = new Denoiser(Denoiser.Config.TINY, Weights.random(3).recordingInto(weights));
    private final Rng rng = new Rng(1, 1);
    private final Tensor x = rng.normal(2, 4, 8, 8), canvas = rng.normal(2, 4, 8, 8), t = Tensor.of(new float[] {3, 700}, 2), text = rng.normal(2, 6, 12);

    private static Tensor loss(Tensor made) {
        return made.mul(made).mean();
    }

    private Map<String, Tensor> gradients(Tensor loss) {
        loss.backward();
        Map<String, Tensor> found = new LinkedHashMap<>();
        weights.forEach((key, weight) -> {
            if (!key.equals("y_embedder.y_embedding") && !key.equals("pos_embed")) found.put(key, weight.gradient().copy());
        });
        return found;
    }

    @Test void givesTheGradientsThatKeepingEverythingGives() {
        weights.values().forEach(weight -> weight.needGradient(true));
        Tensor plain = loss(denoiser.forward(x, canvas, t, text, new int[] {6, 4}));
        Map<String, Tensor> expected = gradients(plain);
        weights.values().forEach(weight -> weight.needGradient(true));
        weights.forEach((key, weight) -> {
            if (expected.containsKey(key)) weight.gradient().fill_(0);
        });
        Tensor recomputed = denoiser.recomputing(x, canvas, t, text, new int[] {6, 4}, RecomputingTest::loss);
        assertEquals(plain.item(), recomputed.item(), 1e-5 * Math.abs(plain.item()));
        Map<String, Tensor> found = gradients(recomputed);
        expected.forEach((key, gradient) -> {
            if (!key.endsWith("qkv.bias") && !key.endsWith("kv_linear.bias")) Close.assertClose(gradient, found.get(key), 1e-4);
        });
    }
}
