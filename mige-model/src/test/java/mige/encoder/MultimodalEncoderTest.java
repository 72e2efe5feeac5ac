package mige.encoder;

import static mige.encoder.MultimodalEncoder.Config.TINY;
import static mige.tensor.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mige.encoder.MultimodalEncoder.Request;
import mige.tensor.DType;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.weights.Weights;
import org.junit.jupiter.api.Test;

class MultimodalEncoderTest {

    static final int[] NOTHING = {};

    /** Stands for the denoiser's patch embedding: the raw latent's channels, bent a little, as 12 features a pixel. */
    static Tensor patchFeatures(Tensor latents) {
        return Tensor.cat(1, latents, latents.mul(2).add(0.5), latents.sin()).view(latents.size(0), 12, -1).transpose(1, 2);
    }

    final MultimodalEncoder encoder = new MultimodalEncoder(TINY, Weights.random(7), MultimodalEncoderTest::patchFeatures);
    final Tensor pictures = new Rng(1, 0).normal(4, 3, 8, 8), latents = new Rng(1, 1).normal(4, 4, 6, 6);

    Request request(int pictures, int[]... segments) {
        if (pictures == 0) return Request.of(List.of(segments));
        return new Request(List.of(segments), this.pictures.narrow(0, 0, pictures), latents.narrow(0, 0, pictures));
    }

    void equalsThePlainWay(Request... batch) {
        Conditioning economical = encoder.encode(List.of(batch)), plain = new PlainEncoding(encoder).encode(List.of(batch));
        assertArrayEquals(plain.lengths(), economical.lengths());
        for (int i = 0; i < batch.length; i++) assertClose(plain.item(i), economical.item(i), 1e-5);
    }

    @Test void givesWhatThePlainWayGives() {
        equalsThePlainWay(request(1, new int[] {5, 6}, new int[] {7}), request(2, NOTHING, new int[] {9}, NOTHING), request(0, new int[] {11, 12, 13}));
    }

    @Test void givesWhatThePlainWayGivesForMoreMarksThanPictures() {
        equalsThePlainWay(request(1, new int[] {5}, new int[] {6}, new int[] {7}));
    }

    @Test void givesWhatThePlainWayGivesForMarksWithoutAnyPicture() {
        equalsThePlainWay(request(0, new int[] {5}, new int[] {6}));
        equalsThePlainWay(request(0, new int[] {5}, new int[] {6}), request(1, new int[] {5}, NOTHING));
    }

    @Test void givesWhatThePlainWayGivesForMorePicturesThanMarks() {
        equalsThePlainWay(request(3, new int[] {5}, new int[] {6}), request(2, new int[] {8}));
    }

    @Test void givesWhatThePlainWayGivesForMoreMarksThanSlots() {
        equalsThePlainWay(request(4, new int[] {5}, new int[] {6}, new int[] {7}, new int[] {8}, new int[] {9}, new int[] {10}));
    }

    @Test void givesWhatThePlainWayGivesForTextThatIsCut() {
        int[] many = new int[30];
        java.util.Arrays.fill(many, 9);
        equalsThePlainWay(request(1, many, new int[] {6}), request(2, new int[] {4}, many, NOTHING));
    }

    @Test void readsAnItemAloneAsInABatch() {
        Request first = request(1, new int[] {5, 6}, new int[] {7}), second = request(2, NOTHING, new int[] {9}, NOTHING);
        Conditioning both = encoder.encode(List.of(first, second));
        assertClose(encoder.encode(first).item(0), both.item(0), 1e-5);
        assertClose(encoder.encode(second).item(0), both.item(1), 1e-5);
    }

    @Test void looksAtNoPictureThatNoMarkShows() {
        List<Long> counts = new ArrayList<>();
        var counting = new MultimodalEncoder(TINY, Weights.random(7), l -> {
            counts.add(l.size(0));
            return patchFeatures(l);
        });
        counting.encode(List.of(request(3, new int[] {5}, NOTHING), request(2, new int[] {8}), request(2, NOTHING, NOTHING, NOTHING)));
        assertEquals(List.of(3L), counts);
    }

    @Test void looksAtTheEmptySlotOnceAModel() {
        List<Long> counts = new ArrayList<>();
        var counting = new MultimodalEncoder(TINY, Weights.random(7), l -> {
            counts.add(l.size(0));
            return patchFeatures(l);
        });
        Request twoMarks = request(1, NOTHING, NOTHING, NOTHING);
        Tensor first = counting.encode(twoMarks).item(0), second = counting.encode(twoMarks).item(0);
        assertEquals(List.of(1L, 1L, 1L), counts);
        assertClose(first, second, 0);
    }

    @Test void looksAtTheEmptySlotAnewWhileItIsTrained() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        var trained = new MultimodalEncoder(TINY, Weights.random(7).recordingInto(weights), MultimodalEncoderTest::patchFeatures);
        weights.get("t5_proj.bias").needGradient(true);
        Tensor before = Tensor.withoutGradients(trained::emptySlot);
        Tensor.withoutGradients(() -> weights.get("t5_proj.bias").add_(Tensor.ones(8)));
        assertClose(before.add(1), Tensor.withoutGradients(trained::emptySlot), 1e-6);
    }

    @Test void tellsPicturesApart() {
        Request one = new Request(List.of(NOTHING, NOTHING), pictures.row(0), latents.row(0)), other = new Request(List.of(NOTHING, NOTHING), pictures.row(1), latents.row(1));
        assertTrue(encoder.encode(one).states().sub(encoder.encode(other).states()).abs().amax(false, 0, 1, 2).item() > 1e-3);
    }

    @Test void joinsPicturesThatWereSeenBefore() {
        Request request = request(2, new int[] {3}, new int[] {4}, NOTHING);
        Tensor seen = encoder.fuse(encoder.visionFeatures(request.pictures()), request.rawLatents());
        Conditioning joined = encoder.join(List.of(encoder.layout(request.segments())), Collections.singletonList(seen));
        assertClose(encoder.encode(request).states(), joined.states(), 1e-6);
    }

    @Test void sendsAGradientToEachWeightThatTrainingTouches() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        var trained = new MultimodalEncoder(TINY, Weights.random(7).recordingInto(weights), MultimodalEncoderTest::patchFeatures);
        weights.values().forEach(w -> w.needGradient(true));
        Conditioning out = trained.encode(List.of(request(2, new int[] {5, 6}, new int[] {7}, NOTHING), request(0, new int[] {2, 3})));
        out.states().mul(new Rng(4, 4).normal(out.states().shape())).sum().backward();
        weights.forEach((key, w) -> assertEquals(w.count(), w.gradient().count(), key));
    }

    @Test void computesInTheTypeItIsGiven() {
        var narrow = new MultimodalEncoder(TINY, Weights.random(7), MultimodalEncoderTest::patchFeatures, DType.BF16);
        Request request = request(1, new int[] {5, 6}, new int[] {7});
        Tensor wide = encoder.encode(request).states(), rough = narrow.encode(request).states();
        assertEquals(DType.BF16, rough.type());
        assertTrue(rough.to(DType.F32).sub(wide).norm().item() < 0.1 * wide.norm().item());
    }

    @Test void refusesMorePicturesThanSlots() {
        Request five = new Request(List.of(NOTHING, NOTHING), new Rng(1, 0).normal(5, 3, 8, 8), new Rng(1, 1).normal(5, 4, 6, 6));
        assertEquals("5 pictures are given, the model has room for 4.", assertThrows(UsageException.class, () -> encoder.encode(five)).getMessage());
    }
}
