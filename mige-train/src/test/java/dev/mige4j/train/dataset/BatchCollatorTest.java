package dev.mige4j.train.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.encoder.SequenceLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One record: a target of nines, a source of sevens, and a reference with the values 0 to 15 on 4 × 4 cells; all
 * standard deviations are 0.
 */
class BatchCollatorTest {

    private static final int SIDE = 4, CELLS = SIDE * SIDE;
    private static final FeatureCache.Spec SPEC =
            new FeatureCache.Spec(FeatureCache.FORMAT, "test", 32, 1, SIDE, 2, 2, 1, 1, 0, "");

    @TempDir
    Path folder;

    private BatchCollator collator(double singleSubjectRatio) {
        ByteBuffer moments = ByteBuffer.allocate(3 * SPEC.momentBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int cell = 0; cell < CELLS; cell++) {
            putBf16(moments, cell, 9);
            putBf16(moments, 2 * CELLS + cell, 7);
            putBf16(moments, 4 * CELLS + cell, cell);
        }
        ByteBuffer visionFeatures =
                ByteBuffer.allocate(2 * SPEC.visionFeatureBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int token = 0; token < 4; token++) putBf16(visionFeatures, token, token);
        FeatureCache.FeatureRecord record = new FeatureCache.FeatureRecord(
                "subject_add",
                "subject_edit",
                1,
                new int[] {1, 2},
                List.of(new int[] {10}, new int[] {11}, new int[] {12}),
                new int[] {-1, 5, -1, 7},
                new byte[CELLS],
                moments,
                visionFeatures);
        FeatureCache cache =
                FeatureCache.open(folder, SPEC, 1, (first, count, end) -> List.of(record), ProgressListener.NONE);
        return new BatchCollator(
                cache,
                segments -> SequenceLayout.of(segments, 4, 2, 99, 1),
                5,
                3,
                rng -> rng.nextInt(1000),
                new BatchCollator.SingleSubject(singleSubjectRatio, List.of(new int[] {20}, new int[] {})));
    }

    private static void putBf16(ByteBuffer into, int at, float value) {
        into.putShort(2 * at, (short) (Float.floatToRawIntBits(value) >>> 16));
    }

    @Test
    void collatesARecord() {
        TrainingBatch batch = collator(0).collate(new int[] {0}, 3, false);
        assertEquals(9, batch.targetLatents().mean().item());
        assertEquals(7, batch.sourceLatents().mean().item());
        assertArrayEquals(new int[] {2}, batch.referenceCounts());
        assertArrayEquals(
                new int[] {10, -1, -2, 11, -3, -4, 12, 1},
                batch.layouts().get(0).tokens());
        assertArrayEquals(new float[] {0, 1, 2, 3}, batch.visionFeatures().toFloatArray());
    }

    @Test
    void drawsSeveralNoisesAndTimestepsOfATrainingSample() {
        TrainingBatch batch = collator(0).collate(new int[] {0, 0}, 3, true);
        assertEquals(3, batch.draws());
        assertArrayEquals(new long[] {6, 1, SIDE, SIDE}, batch.noise().shape());
        assertEquals(6, Arrays.stream(batch.timesteps()).distinct().count());
        assertEquals(1, collator(0).collate(new int[] {0, 0}, 3, false).draws());
    }

    @Test
    void theSameSamplesHaveTheSameNoise() {
        TrainingBatch first = collator(0).collate(new int[] {0, 0}, 3, true),
                second = collator(0).collate(new int[] {0, 0}, 3, true),
                other = collator(0).collate(new int[] {0, 0}, 5, true);
        assertArrayEquals(first.noise().toFloatArray(), second.noise().toFloatArray());
        assertArrayEquals(first.timesteps(), second.timesteps());
        assertFalse(Arrays.equals(first.noise().toFloatArray(), other.noise().toFloatArray()));
    }

    @Test
    void aSingleSubjectSampleHasOneReferenceAndAZeroSource() {
        BatchCollator collator = collator(1);
        int sourceReferences = 0;
        for (int sample = 0; sample < 200; sample++) {
            TrainingBatch batch = collator.collate(new int[] {0}, sample, true);
            assertEquals(0, batch.sourceLatents().norm().item());
            assertArrayEquals(new int[] {1}, batch.referenceCounts());
            assertArrayEquals(new int[] {20, -1, -2, 1}, batch.layouts().get(0).tokens());
            assertArrayEquals(
                    batch.textKept().item() == 1 ? new int[] {0, 1, 2, 3} : null, batch.patchCorrespondence()[0]);
            boolean isSourceReference = batch.referenceLatents().mean().item() == 7;
            assertArrayEquals(
                    isSourceReference ? new float[] {0, 1} : new float[] {2, 3},
                    batch.visionFeatures().toFloatArray());
            assertArrayEquals(
                    batch.referenceLatents().toFloatArray(),
                    batch.targetLatents().toFloatArray());
            if (isSourceReference) sourceReferences++;
        }
        assertTrue(sourceReferences > 70 && sourceReferences < 130, sourceReferences + " of 200");
    }

    @Test
    void keepsPatchCorrespondenceOnlyWithItsText() {
        BatchCollator collator = collator(0);
        int kept = 0;
        for (int sample = 0; sample < 200; sample++) {
            TrainingBatch batch = collator.collate(new int[] {0}, sample, true);
            boolean textKept = batch.textKept().item() == 1;
            assertArrayEquals(textKept ? new int[] {-1, 5, -1, 7} : null, batch.patchCorrespondence()[0]);
            if (textKept) kept++;
        }
        assertTrue(kept > 160 && kept < 200, kept + " of 200");
    }

    @Test
    void respectsTheSingleSubjectRatio() {
        BatchCollator collator = collator(0.25);
        int singleSubjectSamples = 0;
        for (int sample = 0; sample < 2000; sample++)
            if (collator.collate(new int[] {0}, sample, true).referenceCounts()[0] == 1) singleSubjectSamples++;
        assertTrue(singleSubjectSamples > 440 && singleSubjectSamples < 560, singleSubjectSamples + " of 2000");
    }

    @Test
    void makesNoSingleSubjectSamplesInValidation() {
        TrainingBatch batch = collator(1).collate(new int[] {0}, 3, false);
        assertEquals(9, batch.targetLatents().mean().item());
        assertNull(batch.patchCorrespondence()[0]);
    }
}
