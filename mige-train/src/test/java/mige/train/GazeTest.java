package mige.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import mige.denoiser.Denoiser;
import mige.encoder.Layout;
import mige.pipeline.ModelConfig;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Three queries of pictures of 16 patches: the first speaks of patches 0 to 5, the second of 6 to 10, the third of 11 to 15. */
class GazeTest {

    private static final int[] QUERY_OF = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2};

    /** A portrait "word, picture, end" and an item of words. */
    private static Gaze gaze(boolean portrait) {
        List<Layout> layouts = List.of(Layout.of(List.of(new int[] {7}, new int[] {}), 4, 3, 99, 1), Layout.of(List.of(new int[] {7, 8, 9, 10, 11}), 4, 3, 99, 1));
        return new Gaze(new Batches.Batch(null, null, null, null, new int[] {1, 0}, layouts, null, null, null, false, new int[][] {portrait ? IntStream.range(0, 16).toArray() : null, null}, null),
                ModelConfig.TINY);
    }

    @Test void aQueryIsToLookAtItsOwnPatches() {
        Gaze even = gaze(true);
        even.atPatches().accept(Tensor.zeros(2, 2, 3, 16));
        assertEquals(-(Math.log(6 / 16.0) + 2 * Math.log(5 / 16.0)) / 3, even.astray().item(), 1e-4);
        float[] own = new float[3 * 16];
        for (int patch = 0; patch < 16; patch++) own[QUERY_OF[patch] * 16 + patch] = 30;
        Gaze right = gaze(true);
        right.atPatches().accept(Tensor.of(own, 1, 1, 3, 16).expand(2, 2, 3, 16));
        assertEquals(0, right.astray().item(), 1e-4);
    }

    @Test void aPatchIsToLookAtTheQueryThatSpeaksOfIt() {
        float[] own = new float[16 * 6];
        for (int patch = 0; patch < 16; patch++) own[patch * 6 + 1 + QUERY_OF[patch]] = 30;                     // word, picture, end, padding
        Tensor right = Tensor.of(own, 1, 1, 16, 6), even = Tensor.zeros(1, 1, 16, 6);
        assertEquals(0, atWords(Tensor.cat(1, right, even)), 1e-4);
        assertEquals(Math.log(6), atWords(Tensor.cat(1, even, right)), 1e-4);                                   // only the first half of the heads is watched
    }

    private static double atWords(Tensor portrait) {
        Gaze gaze = gaze(true);
        gaze.atWords().of(0).accept(Tensor.cat(0, portrait, Tensor.zeros(1, 2, 16, 6)));               // what the other item looks at does not count
        return gaze.astray().item();
    }

    @Test void whatNoReferenceShowsIsNotWatched() {
        Gaze gaze = gaze(false);
        assertSame(Denoiser.Looks.UNSEEN, gaze.atWords());
        assertEquals(0, gaze.astray().item());
    }

    @Test void pullsTheLookToTheRightPlaceWhateverScopeItWasSeenIn() {
        Gaze gaze = gaze(true);
        Tensor scores = Tensor.zeros(1, 2, 3, 16).needGradient(true);
        Scope.scoped(() -> gaze.atPatches().accept(scores.mul(1)));
        gaze.astray().backward();
        Tensor pull = scores.gradient().select(0, 0);
        assertTrue(pull.select(0, 0).select(0, 1).floats()[8] < 0 && pull.select(0, 0).select(0, 1).floats()[2] > 0, "the second query towards patch 8, away from 2");
        assertEquals(0, pull.select(0, 1).norm().item());
    }
}
