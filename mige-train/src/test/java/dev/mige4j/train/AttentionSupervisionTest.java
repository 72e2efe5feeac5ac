package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Three queries of pictures of 16 patches: the first speaks of patches 0 to 5, the second of 6 to 10, the third of 11
 * to 15.
 */
class AttentionSupervisionTest {

    private static final int[] QUERY_OF = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2};

    /** A portrait "word, picture, end" and an item of words. */
    private static AttentionSupervision supervision(boolean singleSubject) {
        List<SequenceLayout> layouts = List.of(
                SequenceLayout.of(List.of(new int[] {7}, new int[] {}), 4, 3, 99, 1),
                SequenceLayout.of(List.of(new int[] {7, 8, 9, 10, 11}), 4, 3, 99, 1));
        return new AttentionSupervision(
                new BatchCollator.Batch(
                        null,
                        null,
                        null,
                        null,
                        new int[] {1, 0},
                        layouts,
                        null,
                        null,
                        null,
                        false,
                        new int[][] {singleSubject ? IntStream.range(0, 16).toArray() : null, null},
                        null),
                ModelConfig.TINY);
    }

    @Test
    void supervisesQueriesToAttendToTheirOwnPatches() {
        AttentionSupervision uniform = supervision(true);
        uniform.fusionObserver().accept(Tensor.zeros(2, 2, 3, 16));
        assertEquals(
                -(Math.log(6 / 16.0) + 2 * Math.log(5 / 16.0)) / 3,
                uniform.loss().item(),
                1e-4);
        float[] targetScores = new float[3 * 16];
        for (int patch = 0; patch < 16; patch++) targetScores[QUERY_OF[patch] * 16 + patch] = 30;
        AttentionSupervision correct = supervision(true);
        correct.fusionObserver().accept(Tensor.of(targetScores, 1, 1, 3, 16).expand(2, 2, 3, 16));
        assertEquals(0, correct.loss().item(), 1e-4);
    }

    @Test
    void supervisesPatchesToAttendToTheirQuery() {
        float[] targetScores = new float[16 * 6];
        for (int patch = 0; patch < 16; patch++)
            targetScores[patch * 6 + 1 + QUERY_OF[patch]] = 30; // word, picture, end, padding
        Tensor correct = Tensor.of(targetScores, 1, 1, 16, 6), uniform = Tensor.zeros(1, 1, 16, 6);
        assertEquals(0, denoiserLoss(Tensor.cat(1, correct, uniform)), 1e-4);
        assertEquals(
                Math.log(6),
                denoiserLoss(Tensor.cat(1, uniform, correct)),
                1e-4); // only the first half of the heads is watched
    }

    private static double denoiserLoss(Tensor scores) {
        AttentionSupervision supervision = supervision(true);
        supervision
                .denoiserObserver()
                .forBlock(0)
                .accept(Tensor.cat(
                        0, scores, Tensor.zeros(1, 2, 16, 6))); // what the other item looks at does not count
        return supervision.loss().item();
    }

    @Test
    void doesNotSupervisePatchesWithoutCorrespondence() {
        AttentionSupervision supervision = supervision(false);
        assertSame(Denoiser.AttentionObserver.NONE, supervision.denoiserObserver());
        assertEquals(0, supervision.loss().item());
    }

    @Test
    void backpropagatesIntoScoresOfAnInnerScope() {
        AttentionSupervision supervision = supervision(true);
        Tensor scores = Tensor.zeros(1, 2, 3, 16).requiresGrad_(true);
        Scope.scoped(() -> supervision.fusionObserver().accept(scores.mul(1)));
        supervision.loss().backward();
        Tensor gradient = scores.grad().select(0, 0);
        assertTrue(
                gradient.select(0, 0).select(0, 1).toFloatArray()[8] < 0
                        && gradient.select(0, 0).select(0, 1).toFloatArray()[2] > 0,
                "the second query towards patch 8, away from 2");
        assertEquals(0, gradient.select(0, 1).norm().item());
    }
}
