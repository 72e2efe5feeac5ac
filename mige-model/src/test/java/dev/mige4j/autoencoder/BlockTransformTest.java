package dev.mige4j.autoencoder;

import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.autoencoder.AutoEncoder.Config;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BlockTransformTest {

    private final BlockTransform transform = new BlockTransform(8, 16);
    private final Tensor
            analysis = transform.analysis().create(new Rng(1, 0), 16, 192, 1, 1).view(16, 192),
            synthesis =
                    transform.synthesis().create(new Rng(1, 0), 192, 16, 1, 1).view(192, 16);

    @Test
    void synthesisInvertsAnalysis() {
        Tensor identity =
                Tensor.arange(16).view(16, 1).sub(Tensor.arange(16)).eq(0).to(DType.F32);
        assertClose(identity, analysis.matmul(synthesis), 1e-5);
    }

    @Test
    void keepsBlocksOfOneColour() {
        Tensor colour = new Rng(2, 0).uniform(-1, 1, 3, 1).expand(3, 64).reshape(192, 1);
        assertClose(colour, synthesis.matmul(analysis.matmul(colour)), 1e-5);
    }

    @Test
    void shortcutsAloneReconstructSmoothImages() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        AutoEncoder model = new AutoEncoder(
                new Config(16, List.of(8, 16, 16), 1, 4, 2, 1, true),
                Weights.fresh(1).recordingInto(weights));
        weights.forEach((name, tensor) -> {
            if (name.startsWith("quant_conv") || name.startsWith("decoder.conv_out") || name.endsWith("shortcut.bias"))
                tensor.fill_(0);
        });
        Tensor ramp = Tensor.arange(32).to(DType.F32).div(16).sub(1);
        Tensor image =
                ramp.view(1, 1, 32, 1).add(ramp.view(1, 1, 1, 32)).mul(0.5).expand(1, 3, 32, 32);
        Tensor error = model.decodeRaw(model.latentDistribution(image).mean()).sub(image);
        assertTrue(error.abs().amax(false, 0, 1, 2, 3).item() < 0.02);
    }

    @Test
    void needsAPowerOfTwo() {
        var e = assertThrows(UsageException.class, () -> new Config(12, List.of(8, 16), 1, 4, 2, 1, true));
        assertEquals(
                "The autoencoder has 12 latentChannels; with linearShortcut they must be a power of two.",
                e.getMessage());
    }
}
