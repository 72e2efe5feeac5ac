package dev.mige4j.encoder;

import static dev.mige4j.encoder.MultimodalEncoder.Config.TINY;
import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.encoder.MultimodalEncoder.EncoderInput;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MultimodalEncoderTest {

    static final int[] EMPTY = {};

    /** Replaces the denoiser's patch embedding: 12 features per latent pixel, computed from its channels. */
    static Tensor patchFeatures(Tensor latents) {
        return Tensor.cat(1, latents, latents.mul(2).add(0.5), latents.sin())
                .view(latents.size(0), 12, -1)
                .transpose(1, 2);
    }

    final MultimodalEncoder encoder =
            new MultimodalEncoder(TINY, Weights.random(7), MultimodalEncoderTest::patchFeatures);
    final Tensor images = new Rng(1, 0).normal(4, 3, 8, 8), latents = new Rng(1, 1).normal(4, 4, 6, 6);

    EncoderInput input(int imageCount, int[]... segments) {
        if (imageCount == 0) return EncoderInput.of(List.of(segments));
        return new EncoderInput(List.of(segments), images.narrow(0, 0, imageCount), latents.narrow(0, 0, imageCount));
    }

    void assertEqualsPaddedEncoder(EncoderInput... batch) {
        Conditioning packed = encoder.encode(List.of(batch)),
                padded = new PaddedEncoder(encoder).encode(List.of(batch));
        assertArrayEquals(padded.lengths(), packed.lengths());
        for (int i = 0; i < batch.length; i++) assertClose(padded.item(i), packed.item(i), 1e-5);
    }

    @Test
    void matchesThePaddedEncoder() {
        assertEqualsPaddedEncoder(
                input(1, new int[] {5, 6}, new int[] {7}),
                input(2, EMPTY, new int[] {9}, EMPTY),
                input(0, new int[] {11, 12, 13}));
    }

    @Test
    void matchesThePaddedEncoderForMorePlaceholdersThanImages() {
        assertEqualsPaddedEncoder(input(1, new int[] {5}, new int[] {6}, new int[] {7}));
    }

    @Test
    void matchesThePaddedEncoderForPlaceholdersWithoutImages() {
        assertEqualsPaddedEncoder(input(0, new int[] {5}, new int[] {6}));
        assertEqualsPaddedEncoder(input(0, new int[] {5}, new int[] {6}), input(1, new int[] {5}, EMPTY));
    }

    @Test
    void matchesThePaddedEncoderForMoreImagesThanPlaceholders() {
        assertEqualsPaddedEncoder(input(3, new int[] {5}, new int[] {6}), input(2, new int[] {8}));
    }

    @Test
    void matchesThePaddedEncoderForMorePlaceholdersThanSlots() {
        assertEqualsPaddedEncoder(
                input(4, new int[] {5}, new int[] {6}, new int[] {7}, new int[] {8}, new int[] {9}, new int[] {10}));
    }

    @Test
    void matchesThePaddedEncoderForTruncatedText() {
        int[] many = new int[30];
        Arrays.fill(many, 9);
        assertEqualsPaddedEncoder(input(1, many, new int[] {6}), input(2, new int[] {4}, many, EMPTY));
    }

    @Test
    void doesNotMixItemsOfABatch() {
        EncoderInput first = input(1, new int[] {5, 6}, new int[] {7}), second = input(2, EMPTY, new int[] {9}, EMPTY);
        Conditioning both = encoder.encode(List.of(first, second));
        assertClose(encoder.encode(first).item(0), both.item(0), 1e-5);
        assertClose(encoder.encode(second).item(0), both.item(1), 1e-5);
    }

    @Test
    void skipsImagesWithoutAPlaceholder() {
        List<Long> counts = new ArrayList<>();
        var counting = new MultimodalEncoder(TINY, Weights.random(7), l -> {
            counts.add(l.size(0));
            return patchFeatures(l);
        });
        counting.encode(
                List.of(input(3, new int[] {5}, EMPTY), input(2, new int[] {8}), input(2, EMPTY, EMPTY, EMPTY)));
        assertEquals(List.of(3L), counts);
    }

    @Test
    void cachesTheEmptySlotEmbedding() {
        List<Long> counts = new ArrayList<>();
        var counting = new MultimodalEncoder(TINY, Weights.random(7), l -> {
            counts.add(l.size(0));
            return patchFeatures(l);
        });
        EncoderInput twoPlaceholders = input(1, EMPTY, EMPTY, EMPTY);
        Tensor first = counting.encode(twoPlaceholders).item(0),
                second = counting.encode(twoPlaceholders).item(0);
        assertEquals(List.of(1L, 1L, 1L), counts);
        assertClose(first, second, 0);
    }

    @Test
    void recomputesTheEmptySlotDuringTraining() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        var trained = new MultimodalEncoder(
                TINY, Weights.random(7).recordingInto(weights), MultimodalEncoderTest::patchFeatures);
        weights.get("t5_proj.bias").requiresGrad_(true);
        Tensor before = Tensor.noGrad(trained::emptySlotEmbedding);
        Tensor.noGrad(() -> weights.get("t5_proj.bias").add_(Tensor.ones(8)));
        assertClose(before.add(1), Tensor.noGrad(trained::emptySlotEmbedding), 1e-6);
    }

    @Test
    void encodesDifferentImagesDifferently() {
        EncoderInput one = new EncoderInput(List.of(EMPTY, EMPTY), images.row(0), latents.row(0)),
                other = new EncoderInput(List.of(EMPTY, EMPTY), images.row(1), latents.row(1));
        assertTrue(encoder.encode(one)
                        .states()
                        .sub(encoder.encode(other).states())
                        .abs()
                        .amax(false, 0, 1, 2)
                        .item()
                > 1e-3);
    }

    @Test
    void acceptsPrecomputedImageEmbeddings() {
        EncoderInput input = input(2, new int[] {3}, new int[] {4}, EMPTY);
        Tensor imageEmbeddings = encoder.fuse(encoder.visionFeatures(input.images()), input.rawLatents());
        Conditioning joined = encoder.encodeWithImageEmbeddings(
                List.of(encoder.layout(input.segments())), imageEmbeddings, new int[] {2});
        assertClose(encoder.encode(input).states(), joined.states(), 1e-6);
    }

    @Test
    void gradientsReachEveryTrainedWeight() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        var trained = new MultimodalEncoder(
                TINY, Weights.random(7).recordingInto(weights), MultimodalEncoderTest::patchFeatures);
        weights.values().forEach(w -> w.requiresGrad_(true));
        Conditioning out =
                trained.encode(List.of(input(2, new int[] {5, 6}, new int[] {7}, EMPTY), input(0, new int[] {2, 3})));
        out.states().mul(new Rng(4, 4).normal(out.states().shape())).sum().backward();
        // These shift all scores of a query alike, which softmax ignores.
        weights.keySet().removeIf(key -> key.endsWith("key.bias") || key.equals("FFM.ln_k_1.bias"));
        weights.forEach((key, w) -> assertTrue(w.grad().norm().item() > 0, key));
    }

    @Test
    void computesInTheGivenDtype() {
        var bf16Encoder =
                new MultimodalEncoder(TINY, Weights.random(7), MultimodalEncoderTest::patchFeatures, DType.BF16);
        EncoderInput input = input(1, new int[] {5, 6}, new int[] {7});
        Tensor f32 = encoder.encode(input).states(),
                bf16 = bf16Encoder.encode(input).states();
        assertEquals(DType.BF16, bf16.dtype());
        assertTrue(bf16.to(DType.F32).sub(f32).norm().item() < 0.1 * f32.norm().item());
    }

    @Test
    void rejectsMoreImagesThanSlots() {
        EncoderInput five = new EncoderInput(
                List.of(EMPTY, EMPTY), new Rng(1, 0).normal(5, 3, 8, 8), new Rng(1, 1).normal(5, 4, 6, 6));
        assertEquals(
                "5 images are given, but the model has only 4 image slots.",
                assertThrows(UsageException.class, () -> encoder.encode(five)).getMessage());
    }
}
