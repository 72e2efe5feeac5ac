package mige.encoder;

import static mige.encoder.QFormer.Config.TINY;
import static mige.tensor.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;

import mige.tensor.Rng;
import mige.tensor.Tensor;
import mige.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QFormerTest {

    final Tensor pictures = new Rng(1, 0).normal(2, 5, 12);

    @ParameterizedTest @ValueSource(longs = {1, 2, 3}) void ignoresTheOrderOfThePatches(long seed) {
        var former = new QFormer(TINY, Weights.random(seed));
        assertClose(former.forward(pictures), former.forward(pictures.flip(1)), 1e-5);
    }

    @ParameterizedTest @ValueSource(longs = {1, 2, 3}) void neverMixesThePicturesOfABatch(long seed) {
        var former = new QFormer(TINY, Weights.random(seed));
        assertClose(former.forward(pictures).row(1), former.forward(pictures.row(1)), 1e-5);
    }

    @Test void looksAtThePictureInEverySecondLayer() {
        var looks = new QFormer(TINY, Weights.random(1)).layers().stream().map(QFormerLayer::looks).toList();
        assertEquals(java.util.List.of(true, false, true), looks);
    }
}
