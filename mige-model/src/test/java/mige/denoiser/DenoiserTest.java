package mige.denoiser;

import static mige.tensor.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mige.denoiser.Denoiser.Config;
import mige.denoiser.TimestepEmbedding.Rounding;
import mige.tensor.DType;
import mige.tensor.Rng;
import mige.tensor.ShapeException;
import mige.tensor.Tensor;
import mige.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DenoiserTest {

    final Denoiser tiny = new Denoiser(Config.TINY, Weights.random(1));
    final Rng rng = new Rng(3, 0);
    final Tensor x = rng.normal(2, 4, 8, 8), canvas = rng.normal(2, 4, 8, 8), text = rng.normal(2, 7, 12);
    final Tensor t = Tensor.of(new float[] {500.25f, 20}, 2), same = Tensor.full(500.25, 2);
    final int[] lengths = {7, 4};

    @Test
    void predictsNoiseAndVarianceForEveryCell() {
        assertArrayEquals(new long[] {2, 8, 8, 8}, tiny.forward(x, canvas, t, text, lengths).shape());
        Tensor wide = rng.normal(1, 4, 4, 12);
        assertArrayEquals(new long[] {1, 8, 4, 12}, tiny.forward(wide, wide, t.row(0), text.row(0), new int[] {7}).shape());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void neverMixesTheItemsOfABatch(long seed) {
        Denoiser model = new Denoiser(Config.TINY, Weights.random(seed));
        Tensor both = model.forward(x, canvas, t, text, lengths);
        assertClose(both.row(1), model.forward(x.row(1), canvas.row(1), t.row(1), text.row(1), new int[] {4}), 1e-4);
    }

    @Test
    void readsNoWordBeyondTheLength() {
        Tensor cut = text.row(1).narrow(1, 0, 4);
        assertClose(tiny.forward(x.row(1), canvas.row(1), t.row(1), cut, new int[] {4}), tiny.forward(x, canvas, t, text, lengths).row(1), 1e-4);
        assertTrue(off(tiny.forward(x, canvas, t, text, lengths), tiny.forward(x, canvas, t, text, new int[] {7, 7})) > 1e-3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPreparedRequestPredictsWhatPlainPassesDo(boolean oneText) {
        Tensor said = oneText ? text.row(0) : text;
        int[] known = oneText ? new int[] {5} : lengths;
        var branches = List.of(Branch.NOTHING, Branch.CANVAS, Branch.CANVAS_AND_TEXT);
        Tensor prepared = tiny.prepare(branches, canvas, said, known, Rounding.NONE).predict(x, 500.25);

        Tensor words = oneText ? said.repeat(2, 1, 1) : said, none = tiny.nullText().narrow(0, 0, 7).unsqueeze(0).repeat(2, 1, 1);
        int[] each = oneText ? new int[] {5, 5} : lengths;
        assertClose(tiny.forward(x, Tensor.zeros(2, 4, 8, 8), same, none, each), prepared.narrow(0, 0, 2), 1e-4);
        assertClose(tiny.forward(x, canvas, same, none, each), prepared.narrow(0, 2, 2), 1e-4);
        assertClose(tiny.forward(x, canvas, same, words, each), prepared.narrow(0, 4, 2), 1e-4);
    }

    @Test
    void oneCanvasServesAllItems() {
        Tensor each = tiny.prepare(List.of(Branch.CANVAS_AND_TEXT), canvas.row(0).repeat(2, 1, 1, 1), text, lengths, Rounding.NONE).predict(x, 7);
        assertClose(each, tiny.prepare(List.of(Branch.CANVAS_AND_TEXT), canvas.row(0), text, lengths, Rounding.NONE).predict(x, 7), 1e-5);
    }

    @Test
    void predictsTheSameBytesAgainAndLeavesItsInputAlone() {
        Tensor before = x.copy();
        Prepared prepared = tiny.prepare(List.of(Branch.CANVAS, Branch.CANVAS_AND_TEXT), canvas, text, lengths, Rounding.BF16);
        assertArrayEquals(prepared.predict(x, 983.35).rawBytes(), prepared.predict(x, 983.35).rawBytes());
        assertArrayEquals(before.rawBytes(), x.rawBytes());
    }

    @Test
    void roundsTimesAsTheReferenceDoesWhenAsked() {
        Tensor odd = TimestepEmbedding.frequencies(Tensor.full(983.35, 1), 8, Rounding.BF16);
        assertClose(TimestepEmbedding.frequencies(Tensor.full(984, 1), 8, Rounding.BF16), odd, 0);
        assertClose(TimestepEmbedding.frequencies(Tensor.full(984, 1), 8, Rounding.NONE), odd, 0.004);
    }

    @Test
    void canvasAndNoiseAreEmbeddedTogetherOrInParts() {
        var patches = new PatchEmbedding(Config.TINY, Weights.random(1));
        assertClose(patches.forward(x, canvas), patches.noisePart(x).add(patches.canvasPart(canvas)), 1e-5);
        assertClose(patches.forward(x, Tensor.zeros(2, 4, 8, 8)), patches.features(x), 1e-5);
    }

    @Test
    void startsAsZeroNoise() {
        Denoiser born = new Denoiser(Config.TINY, Weights.fresh(1));
        assertClose(Tensor.zeros(2, 8, 8, 8), born.forward(x, canvas, t, text, lengths), 0);
    }

    @Test
    void gradientsReachEveryWeightButTheNullText() {
        Map<String, Tensor> asked = new LinkedHashMap<>();
        Denoiser model = new Denoiser(Config.TINY, Weights.random(4).recordingInto(asked));
        asked.forEach((key, w) -> w.needGradient(!key.equals("y_embedder.y_embedding")));
        model.forward(x, canvas, t, text, lengths).pow(2).mean().backward();
        asked.forEach((key, w) -> {
            if (w.needsGradient()) assertTrue(w.gradient().norm().item() > 0, key);
        });
        assertFalse(model.nullText().needsGradient());
        assertEquals(46, asked.size());
    }

    @Test
    void weightsKeptNarrowComputeInFloat32() {
        Map<String, Tensor> asked = new LinkedHashMap<>();
        new Denoiser(Config.TINY, Weights.random(1).recordingInto(asked));
        asked.replaceAll((key, w) -> w.to(DType.BF16));
        Tensor narrow = new Denoiser(Config.TINY, Weights.of(asked)).forward(x, canvas, t, text, lengths);
        assertEquals(DType.F32, narrow.type());
        assertTrue(off(tiny.forward(x, canvas, t, text, lengths), narrow) < 0.1);
    }

    @Test
    void placedPatchesTellWhereTheyLie() {
        Tensor alike = rng.normal(1, 4, 1, 1).expand(1, 4, 8, 8), seen = tiny.patchFeatures(alike), placed = tiny.placedPatchFeatures(alike);
        assertEquals(0, seen.sub(seen.narrow(1, 0, 1)).norm().item(), 1e-5);
        assertEquals(0, placed.sub(seen).sub(Positions.table(Config.TINY.hidden(), 4, 4, Config.TINY.latentSize() / 2, 1)).norm().item(), 1e-5);
    }

    @Test
    void saysWhatItExpected() {
        var e = assertThrows(ShapeException.class, () -> tiny.forward(x, canvas, t, rng.normal(2, 11, 12), lengths));
        assertEquals("text has 11 words, expected at most 10", e.getMessage());
        e = assertThrows(ShapeException.class, () -> tiny.forward(x, canvas, t, text, new int[] {7, 0}));
        assertEquals("text 1 has length 0, expected 1 to 7", e.getMessage());
        e = assertThrows(ShapeException.class, () -> tiny.patchFeatures(rng.normal(1, 4, 8, 7)));
        assertEquals("raw latents of 7 x 8 cells cannot be cut into patches of 2", e.getMessage());
    }

    private static double off(Tensor a, Tensor b) {
        return a.sub(b).norm().item() / a.norm().item();
    }
}
