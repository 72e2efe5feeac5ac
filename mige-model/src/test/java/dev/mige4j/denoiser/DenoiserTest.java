package dev.mige4j.denoiser;

import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ShapeException;
import dev.mige4j.denoiser.Denoiser.Config;
import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DenoiserTest {

    final Denoiser tiny = new Denoiser(Config.TINY, Weights.random(1));
    final Rng rng = new Rng(3, 0);
    final Tensor x = rng.normal(2, 4, 8, 8), source = rng.normal(2, 4, 8, 8), text = rng.normal(2, 7, 12);
    final Tensor t = Tensor.of(new float[] {500.25f, 20}, 2), same = Tensor.full(500.25, 2);
    final int[] lengths = {7, 4};

    @Test
    void predictsNoiseAndVarianceForEveryLatentPixel() {
        assertArrayEquals(
                new long[] {2, 8, 8, 8},
                tiny.forward(x, source, t, text, lengths).shape());
        Tensor wide = rng.normal(1, 4, 4, 12);
        assertArrayEquals(
                new long[] {1, 8, 4, 12},
                tiny.forward(wide, wide, t.row(0), text.row(0), new int[] {7}).shape());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void doesNotMixItemsOfABatch(long seed) {
        Denoiser model = new Denoiser(Config.TINY, Weights.random(seed));
        Tensor both = model.forward(x, source, t, text, lengths);
        assertClose(both.row(1), model.forward(x.row(1), source.row(1), t.row(1), text.row(1), new int[] {4}), 1e-4);
    }

    @Test
    void ignoresTokensBeyondTheLength() {
        Tensor cut = text.row(1).narrow(1, 0, 4);
        assertClose(
                tiny.forward(x.row(1), source.row(1), t.row(1), cut, new int[] {4}),
                tiny.forward(x, source, t, text, lengths).row(1),
                1e-4);
        assertTrue(relativeError(
                        tiny.forward(x, source, t, text, lengths), tiny.forward(x, source, t, text, new int[] {7, 7}))
                > 1e-3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void preparedDenoiserMatchesForward(boolean oneText) {
        Tensor conditioning = oneText ? text.row(0) : text;
        int[] conditioningLengths = oneText ? new int[] {5} : lengths;
        var branches = List.of(Branch.UNCONDITIONAL, Branch.IMAGE, Branch.IMAGE_AND_TEXT);
        Tensor prepared = tiny.prepare(branches, source, conditioning, conditioningLengths, TimestepRounding.NONE)
                .predict(x, 500.25);

        Tensor texts = oneText ? conditioning.repeat(2, 1, 1) : conditioning,
                nullTexts = tiny.nullText().narrow(0, 0, 7).unsqueeze(0).repeat(2, 1, 1);
        int[] textLengths = oneText ? new int[] {5, 5} : lengths;
        assertClose(
                tiny.forward(x, Tensor.zeros(2, 4, 8, 8), same, nullTexts, textLengths),
                prepared.narrow(0, 0, 2),
                1e-4);
        assertClose(tiny.forward(x, source, same, nullTexts, textLengths), prepared.narrow(0, 2, 2), 1e-4);
        assertClose(tiny.forward(x, source, same, texts, textLengths), prepared.narrow(0, 4, 2), 1e-4);
    }

    @Test
    void oneSourceIsSharedByAllItems() {
        Tensor each = tiny.prepare(
                        List.of(Branch.IMAGE_AND_TEXT),
                        source.row(0).repeat(2, 1, 1, 1),
                        text,
                        lengths,
                        TimestepRounding.NONE)
                .predict(x, 7);
        assertClose(
                each,
                tiny.prepare(List.of(Branch.IMAGE_AND_TEXT), source.row(0), text, lengths, TimestepRounding.NONE)
                        .predict(x, 7),
                1e-5);
    }

    @Test
    void isDeterministicAndDoesNotModifyItsInput() {
        Tensor before = x.copy();
        PreparedDenoiser prepared = tiny.prepare(
                List.of(Branch.IMAGE, Branch.IMAGE_AND_TEXT), source, text, lengths, TimestepRounding.BF16);
        assertArrayEquals(
                prepared.predict(x, 983.35).toByteArray(),
                prepared.predict(x, 983.35).toByteArray());
        assertArrayEquals(before.toByteArray(), x.toByteArray());
    }

    @Test
    void roundsTimestepsLikeTheReference() {
        Tensor odd = TimestepEmbedding.sinusoidalEmbedding(Tensor.full(983.35, 1), 8, TimestepRounding.BF16);
        assertClose(TimestepEmbedding.sinusoidalEmbedding(Tensor.full(984, 1), 8, TimestepRounding.BF16), odd, 0);
        assertClose(TimestepEmbedding.sinusoidalEmbedding(Tensor.full(984, 1), 8, TimestepRounding.NONE), odd, 0.004);
    }

    @Test
    void sourceAndNoisyLatentCanBeEmbeddedSeparately() {
        var patches = new PatchEmbedding(Config.TINY, Weights.random(1));
        assertClose(patches.forward(x, source), patches.noisyLatentPart(x).add(patches.sourcePart(source)), 1e-5);
        assertClose(patches.forward(x, Tensor.zeros(2, 4, 8, 8)), patches.features(x), 1e-5);
    }

    @Test
    void freshDenoiserPredictsZero() {
        Denoiser fresh = new Denoiser(Config.TINY, Weights.fresh(1));
        assertClose(Tensor.zeros(2, 8, 8, 8), fresh.forward(x, source, t, text, lengths), 0);
    }

    @Test
    void gradientsReachEveryWeightExceptTheNullText() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        Denoiser model = new Denoiser(Config.TINY, Weights.random(4).recordingInto(weights));
        weights.forEach((key, w) -> w.requiresGrad_(!key.equals("y_embedder.y_embedding")));
        model.forward(x, source, t, text, lengths).pow(2).mean().backward();
        weights.forEach((key, w) -> {
            if (w.requiresGrad()) assertTrue(w.grad().norm().item() > 0, key);
        });
        assertFalse(model.nullText().requiresGrad());
        assertEquals(46, weights.size());
    }

    @Test
    void bfloat16WeightsComputeInFloat32() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        new Denoiser(Config.TINY, Weights.random(1).recordingInto(weights));
        weights.replaceAll((key, w) -> w.to(DType.BF16));
        Tensor bf16 = new Denoiser(Config.TINY, Weights.of(weights)).forward(x, source, t, text, lengths);
        assertEquals(DType.F32, bf16.dtype());
        assertTrue(relativeError(tiny.forward(x, source, t, text, lengths), bf16) < 0.1);
    }

    @Test
    void positionalPatchFeaturesIncludePositions() {
        Tensor uniform = rng.normal(1, 4, 1, 1).expand(1, 4, 8, 8),
                features = tiny.patchFeatures(uniform),
                positional = tiny.positionalPatchFeatures(uniform);
        assertEquals(0, features.sub(features.narrow(1, 0, 1)).norm().item(), 1e-5);
        assertEquals(
                0,
                positional
                        .sub(features)
                        .sub(SinCosPositionEmbedding.table(
                                Config.TINY.hiddenSize(), 4, 4, Config.TINY.latentSize() / 2, 1))
                        .norm()
                        .item(),
                1e-5);
    }

    @Test
    void reportsTheExpectedShapes() {
        var e = assertThrows(ShapeException.class, () -> tiny.forward(x, source, t, rng.normal(2, 11, 12), lengths));
        assertEquals("text has 11 tokens, expected at most 10", e.getMessage());
        e = assertThrows(ShapeException.class, () -> tiny.forward(x, source, t, text, new int[] {7, 0}));
        assertEquals("text 1 has length 0, expected 1 to 7", e.getMessage());
        e = assertThrows(ShapeException.class, () -> tiny.patchFeatures(rng.normal(1, 4, 8, 7)));
        assertEquals("raw latents of 7 x 8 cannot be divided into patches of 2", e.getMessage());
    }

    private static double relativeError(Tensor a, Tensor b) {
        return a.sub(b).norm().item() / a.norm().item();
    }
}
