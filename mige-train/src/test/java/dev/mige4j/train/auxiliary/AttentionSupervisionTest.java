package dev.mige4j.train.auxiliary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.train.dataset.TrainingBatch;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AttentionSupervisionTest {

    private static final int[] QUERY_OF = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2};

    private final AttentionSupervision supervision =
            new AttentionSupervision(new AttentionSupervision.Config(1, true, true, 32), ModelConfig.TINY);

    private AttentionProcessor fusionAttention() {
        return supervision.wrapFusionAttention(AttentionProcessor.DEFAULT);
    }

    private AttentionProcessor denoiserAttention() {
        return supervision.wrapDenoiserAttention(AttentionProcessor.DEFAULT);
    }

    private Tensor loss() {
        return supervision.compute(null).loss();
    }

    /** An item "token, image, end" with one reference, whose correspondence is known or not, and an item of text. */
    private void startBatch(boolean known) {
        List<SequenceLayout> layouts = List.of(
                SequenceLayout.of(List.of(new int[] {7}, new int[] {}), 4, 3, 99, 1),
                SequenceLayout.of(List.of(new int[] {7, 8, 9, 10, 11}), 4, 3, 99, 1));
        supervision.startBatch(new TrainingBatch(
                null,
                null,
                Tensor.zeros(2, 1, 1), // vision features
                null,
                new int[] {1, 0},
                new int[] {-1, -1},
                layouts,
                null,
                new int[2],
                null,
                false,
                new int[][] {known ? IntStream.range(0, 16).toArray() : null, null},
                null));
    }

    /** Runs an attention that has exactly these scores [B, H, N, M]. */
    private static Tensor attend(AttentionProcessor processor, Tensor scores) {
        long b = scores.size(0), heads = scores.size(1), n = scores.size(2), m = scores.size(3);
        Tensor q = scores.permute(0, 2, 1, 3).reshape(b, n, heads * m);
        float[] identity = new float[(int) (m * m)];
        for (int i = 0; i < m; i++) identity[i * (int) m + i] = 1;
        Tensor k = Tensor.cat(2, Tensor.of(identity, 1, m, m), Tensor.of(identity, 1, m, m))
                .expand(b, m, heads * m);
        return processor.attend(q, k, k, (int) heads, 1, null);
    }

    @Test
    void supervisesQueriesToAttendToTheirOwnPatches() {
        startBatch(true);
        attend(fusionAttention(), Tensor.zeros(2, 2, 3, 16));
        assertEquals(-(Math.log(6 / 16.0) + 2 * Math.log(5 / 16.0)) / 3, loss().item(), 1e-4);
        float[] targetScores = new float[3 * 16];
        for (int patch = 0; patch < 16; patch++) targetScores[QUERY_OF[patch] * 16 + patch] = 30;
        startBatch(true);
        attend(fusionAttention(), Tensor.of(targetScores, 1, 1, 3, 16).expand(2, 2, 3, 16));
        assertEquals(0, loss().item(), 1e-4);
    }

    @Test
    void supervisesPatchesToAttendToTheirQuery() {
        float[] targetScores = new float[16 * 6];
        for (int patch = 0; patch < 16; patch++)
            targetScores[patch * 6 + 1 + QUERY_OF[patch]] = 30; // token, image, end, padding
        Tensor correct = Tensor.of(targetScores, 1, 1, 16, 6), uniform = Tensor.zeros(1, 1, 16, 6);
        assertEquals(0, denoiserLoss(Tensor.cat(1, correct, uniform)), 1e-4);
        assertEquals(
                Math.log(6),
                denoiserLoss(Tensor.cat(1, uniform, correct)),
                1e-4); // only the first half of the heads is supervised
    }

    private double denoiserLoss(Tensor scores) {
        startBatch(true);
        attend(denoiserAttention(), Tensor.cat(0, scores, Tensor.zeros(1, 2, 16, 6)));
        return loss().item();
    }

    @Test
    void doesNotSupervisePatchesWithoutCorrespondence() {
        startBatch(false);
        attend(denoiserAttention(), Tensor.zeros(2, 2, 16, 6));
        assertEquals(0, loss().item());
    }

    @Test
    void recordsTheFirstFusionOfABatchOnlyAndNothingBetweenBatches() {
        startBatch(true);
        attend(fusionAttention(), Tensor.zeros(2, 2, 3, 16));
        attend(fusionAttention(), Tensor.ones(2, 2, 3, 16).mul(7));
        double first = loss().item();
        assertEquals(-(Math.log(6 / 16.0) + 2 * Math.log(5 / 16.0)) / 3, first, 1e-4);
        attend(fusionAttention(), Tensor.zeros(1, 2, 3, 16));
        attend(denoiserAttention(), Tensor.zeros(2, 2, 16, 6));
        assertEquals(0, loss().item());
    }

    @Test
    void attendsAsTheDefaultProcessorDoes() {
        startBatch(true);
        Tensor scores = Tensor.arange(2 * 2 * 16 * 6).view(2, 2, 16, 6).mul(0.01);
        assertArrayEquals(
                attend(AttentionProcessor.DEFAULT, scores).toFloatArray(),
                attend(denoiserAttention(), scores).toFloatArray());
    }

    @Test
    void backpropagatesIntoScoresOfAnInnerScope() {
        startBatch(true);
        Tensor scores = Tensor.zeros(2, 2, 3, 16).requiresGrad_(true);
        Scope.scoped(() -> {
            attend(fusionAttention(), scores.mul(1));
        });
        loss().backward();
        Tensor gradient = scores.grad().select(0, 0);
        assertTrue(
                gradient.select(0, 0).select(0, 1).toFloatArray()[8] < 0
                        && gradient.select(0, 0).select(0, 1).toFloatArray()[2] > 0,
                "the second query towards patch 8, away from 2");
        assertEquals(0, gradient.select(0, 1).norm().item());
    }
}
