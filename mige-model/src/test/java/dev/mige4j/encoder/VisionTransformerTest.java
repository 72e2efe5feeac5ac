package dev.mige4j.encoder;

import static dev.mige4j.encoder.VisionTransformer.Config.TINY;
import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ShapeException;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VisionTransformerTest {

    final VisionTransformer vision = new VisionTransformer(TINY, Weights.random(1));
    final Tensor images = new Rng(1, 0).normal(3, 3, 8, 8);

    @Test
    void returnsOneTokenPerPatchAndAClassToken() {
        assertArrayEquals(new long[] {3, 5, 12}, vision.forward(images).shape());
    }

    @Test
    void doesNotMixImagesOfABatch() {
        assertClose(vision.forward(images).row(1), vision.forward(images.row(1)), 1e-5);
    }

    @Test
    void ordersPatchesRowByRow() {
        Tensor changed = images.copy();
        changed.narrow(2, 0, 4).narrow(3, 4, 4).fill_(1); // the upper right patch, index 1
        Tensor difference = vision.embedPatches(images)
                .sub(vision.embedPatches(changed))
                .abs()
                .amax(false, 0, 2);
        float[] d = difference.toFloatArray();
        assertArrayEquals(
                new boolean[] {false, true, false, false}, new boolean[] {d[0] > 0, d[1] > 0, d[2] > 0, d[3] > 0});
    }

    /** With a residual stream in bfloat16 the error is 1.2 %. */
    @Test
    void roundsOnlyTheProductsToBfloat16() {
        var deep = new VisionTransformer(new VisionTransformer.Config(28, 14, 64, 4, 24, 128), Weights.fresh(1));
        Tensor input = new Rng(2, 0).normal(2, 3, 28, 28).to(DType.BF16);
        Tensor exact = deep.forward(input.to(DType.F32)), rounded = deep.forward(input);
        assertEquals(DType.F32, rounded.dtype());
        double error = rounded.sub(exact).norm().item() / exact.norm().item();
        assertTrue(error < 0.001, "relative error " + error);
    }

    @Test
    void takesTheBiasOfTheKeysWhereTheWeightsHaveOne() {
        Map<String, Tensor> weights = new HashMap<>();
        new VisionTransformer(TINY, Weights.random(1).recordingInto(weights));
        for (int i = 0; i < TINY.depth(); i++) {
            String attention = "blocks." + i + ".attn.";
            Tensor keyBias = new Rng(3, i).normal(TINY.width()); // the softmax cancels it
            weights.put(
                    attention + "qkv.bias",
                    Tensor.cat(0, weights.remove(attention + "q_bias"), keyBias, weights.remove(attention + "v_bias")));
        }
        assertClose(vision.forward(images), new VisionTransformer(TINY, Weights.of(weights)).forward(images), 1e-5);
    }

    @Test
    void computesTheClassTokenAloneAlsoOfImagesOfAnotherSize() {
        Tensor positions = vision.positionEmbedding();
        assertClose(vision.forward(images).select(1, 0), vision.classToken(images, positions), 1e-5);
        Tensor topHalf = images.narrow(2, 0, 4); // the class token and the first two of four patches
        assertArrayEquals(
                new long[] {3, 12},
                vision.classToken(topHalf, positions.narrow(1, 0, 3)).shape());
    }

    @Test
    void reportsTheExpectedImageSize() {
        var e = assertThrows(ShapeException.class, () -> vision.forward(images.narrow(3, 0, 4)));
        assertEquals("images [n, 3, H, W] is [3, 3, 8, 4], expected [any, 3, 8, 8]", e.getMessage());
    }

    @Test
    void rejectsAnInvalidConfig() {
        var e = assertThrows(UsageException.class, () -> new VisionTransformer.Config(10, 4, 12, 2, 2, 20));
        assertEquals(
                "The vision transformer has image size 10, which is not a multiple of patch size 4.", e.getMessage());
    }
}
