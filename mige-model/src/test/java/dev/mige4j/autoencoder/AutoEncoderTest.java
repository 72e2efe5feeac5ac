package dev.mige4j.autoencoder;

import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.autoencoder.AutoEncoder.Config;
import dev.mige4j.common.ShapeException;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AutoEncoderTest {

    final AutoEncoder tiny = new AutoEncoder(Config.TINY, Weights.fresh(1));
    final Tensor images = new Rng(2, 0).uniform(-1, 1, 2, 3, 16, 24), noise = new Rng(2, 1).normal(2, 4, 4, 6);

    @Test
    void downscalesByTheFactor() {
        assertEquals(4, Config.TINY.downscaleFactor());
        assertEquals(8, Config.PUBLISHED.downscaleFactor());
        assertArrayEquals(
                new long[] {2, 4, 4, 6}, tiny.encode(images, noise).values().shape());
        assertArrayEquals(
                new long[] {2, 3, 16, 24}, tiny.decode(new Latent(noise)).shape());
    }

    @Test
    void doesNotMixItemsOfABatch() {
        assertClose(
                tiny.latentDistribution(images).mean().row(1),
                tiny.latentDistribution(images.row(1)).mean(),
                1e-5);
        assertClose(tiny.decode(new Latent(noise)).row(1), tiny.decode(new Latent(noise.row(1))), 1e-5);
    }

    @Test
    void samplesTheMeanForZeroNoise() {
        DiagonalGaussian distribution = tiny.latentDistribution(images);
        assertClose(distribution.mean(), distribution.sample(Tensor.zeros(2, 4, 4, 6)), 0);
        assertClose(
                distribution.mean().mul(Config.TINY.scalingFactor()),
                tiny.toLatent(distribution.mean()).values(),
                0);
    }

    @Test
    void requiresExactlyThePublishedKeys() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        new AutoEncoder(
                new Config(4, List.of(8, 16, 24, 24), 2, 4, 1, 1),
                Weights.fresh(1).recordingInto(weights));
        assertEquals(248, weights.size());
        assertTrue(weights.containsKey("decoder.up_blocks.2.upsamplers.0.conv.bias"));
        assertTrue(weights.containsKey("encoder.mid_block.attentions.0.to_out.0.weight"));
    }

    @Test
    void gradientsReachEveryWeight() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        AutoEncoder model = new AutoEncoder(Config.TINY, Weights.fresh(1).recordingInto(weights));
        weights.values().forEach(w -> w.requiresGrad_(true));
        Tensor reconstruction = model.decodeRaw(model.latentDistribution(images).sample(noise));
        reconstruction.sub(images).pow(2).mean().backward();
        weights.forEach((key, w) -> assertTrue(w.grad().norm().item() > 0 || key.endsWith("to_k.bias"), key));
    }

    @Test
    void noiseOfAnItemDependsOnSeedAndIndexAlone() {
        Tensor three = Latent.noise(5, 0, 3, 4, 2, 2).values();
        assertClose(three.row(2), Latent.noise(5, 2, 1, 4, 2, 2).values(), 0);
    }

    @Test
    void imagesRoundTripThroughTensors() {
        byte[] rgb = new byte[3 * 256];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) i;
        assertArrayEquals(
                rgb,
                ImageTensors.toImage(ImageTensors.toTensor(Image.of(16, 16, rgb)), 0)
                        .rgb());
    }

    @Test
    void reportsSizesItCannotEncode() {
        var e = assertThrows(ShapeException.class, () -> tiny.latentDistribution(Tensor.zeros(1, 3, 16, 18)));
        assertEquals("images of 18 x 16 pixels cannot be encoded, expected multiples of 4", e.getMessage());
    }
}
