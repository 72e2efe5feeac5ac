package dev.mige4j.encoder;

import static dev.mige4j.encoder.QFormer.Config.TINY;
import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QFormerTest {

    final Tensor imageFeatures = new Rng(1, 0).normal(2, 5, 12);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void ignoresTheOrderOfThePatches(long seed) {
        var qFormer = new QFormer(TINY, Weights.random(seed));
        assertClose(qFormer.forward(imageFeatures), qFormer.forward(imageFeatures.flip(1)), 1e-5);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void doesNotMixImagesOfABatch(long seed) {
        var qFormer = new QFormer(TINY, Weights.random(seed));
        assertClose(qFormer.forward(imageFeatures).row(1), qFormer.forward(imageFeatures.row(1)), 1e-5);
    }

    @Test
    void hasCrossAttentionInEverySecondLayer() {
        var crossAttention = new QFormer(TINY, Weights.random(1))
                .layers().stream().map(QFormerLayer::hasCrossAttention).toList();
        assertEquals(List.of(true, false, true), crossAttention);
    }
}
