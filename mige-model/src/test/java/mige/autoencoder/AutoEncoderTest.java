package mige.autoencoder;

import static mige.tensor.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import mige.autoencoder.AutoEncoder.Config;
import mige.image.Picture;
import mige.tensor.Rng;
import mige.tensor.ShapeException;
import mige.tensor.Tensor;
import mige.weights.Weights;
import org.junit.jupiter.api.Test;

class AutoEncoderTest {

    final AutoEncoder tiny = new AutoEncoder(Config.TINY, Weights.fresh(1));
    final Tensor pictures = new Rng(2, 0).uniform(-1, 1, 2, 3, 16, 24), noise = new Rng(2, 1).normal(2, 4, 4, 6);

    @Test
    void givesALatentCellForEveryFactorOfPixels() {
        assertEquals(4, Config.TINY.factor());
        assertEquals(8, Config.PUBLISHED.factor());
        assertArrayEquals(new long[] {2, 4, 4, 6}, tiny.encode(pictures, noise).values().shape());
        assertArrayEquals(new long[] {2, 3, 16, 24}, tiny.decode(new Latent(noise)).shape());
    }

    @Test
    void neverMixesTheItemsOfABatch() {
        assertClose(tiny.moments(pictures).mean().row(1), tiny.moments(pictures.row(1)).mean(), 1e-5);
        assertClose(tiny.decode(new Latent(noise)).row(1), tiny.decode(new Latent(noise.row(1))), 1e-5);
    }

    @Test
    void drawsTheMeanWithoutNoise() {
        Moments moments = tiny.moments(pictures);
        assertClose(moments.mean(), moments.sample(Tensor.zeros(2, 4, 4, 6)), 0);
        assertClose(moments.mean().mul(Config.TINY.scale()), tiny.latent(moments.mean()).values(), 0);
    }

    @Test
    void asksForTheWeightsOfThePublishedFilesAndNoOthers() {
        Map<String, Tensor> asked = new LinkedHashMap<>();
        new AutoEncoder(new Config(4, java.util.List.of(8, 16, 24, 24), 2, 4, 1, 1), Weights.fresh(1).recordingInto(asked));
        assertEquals(248, asked.size());
        assertTrue(asked.containsKey("decoder.up_blocks.2.upsamplers.0.conv.bias"));
        assertTrue(asked.containsKey("encoder.mid_block.attentions.0.to_out.0.weight"));
    }

    @Test
    void gradientsReachEveryWeight() {
        Map<String, Tensor> asked = new LinkedHashMap<>();
        AutoEncoder model = new AutoEncoder(Config.TINY, Weights.fresh(1).recordingInto(asked));
        asked.values().forEach(w -> w.needGradient(true));
        Tensor back = model.decodeRaw(model.moments(pictures).sample(noise));
        back.sub(pictures).pow(2).mean().backward();
        asked.forEach((key, w) -> assertTrue(w.gradient().norm().item() > 0 || key.endsWith("to_k.bias"), key));
    }

    @Test
    void noiseOfAnItemDependsOnSeedAndIndexAlone() {
        Tensor three = Latent.noise(5, 0, 3, 4, 2, 2).values();
        assertClose(three.row(2), Latent.noise(5, 2, 1, 4, 2, 2).values(), 0);
    }

    @Test
    void picturesComeBackFromPixelsUnchanged() {
        byte[] rgb = new byte[3 * 256];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) i;
        assertArrayEquals(rgb, Pixels.picture(Pixels.of(Picture.of(16, 16, rgb)), 0).rgb());
    }

    @Test
    void saysWhichSizesItCanEncode() {
        var e = assertThrows(ShapeException.class, () -> tiny.moments(Tensor.zeros(1, 3, 16, 18)));
        assertEquals("a picture of 18 x 16 pixels cannot be encoded, expected multiples of 4", e.getMessage());
    }
}
