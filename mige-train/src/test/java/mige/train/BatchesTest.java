package mige.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import mige.data.Kind;
import mige.encoder.Layout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One record: a target of nines, a source of sevens, and a reference that is the ramp 0 to 15 on 4 × 4 cells; nothing deviates. */
class BatchesTest {

    private static final int SIDE = 4, CELLS = SIDE * SIDE;
    private static final RecordCache.Shape SHAPE = new RecordCache.Shape(32, 1, SIDE, 2, 1, 1, 0, "");

    @TempDir Path folder;

    private Batches batches(double portraits) {
        ByteBuffer moments = ByteBuffer.allocate(3 * SHAPE.momentBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int cell = 0; cell < CELLS; cell++) {
            bf16(moments, cell, 9);
            bf16(moments, 2 * CELLS + cell, 7);
            bf16(moments, 4 * CELLS + cell, cell);
        }
        ByteBuffer tower = ByteBuffer.allocate(2 * SHAPE.towerBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int token = 0; token < 4; token++) bf16(tower, token, token);
        byte[] record = RecordCache.pack(Kind.SUBJECT_ADD, 3, 1, new int[] {1, 2}, List.of(new int[] {10}, new int[] {11}, new int[] {12}),
                new byte[CELLS], moments.array(), tower.array());
        RecordCache cache = RecordCache.open(folder, SHAPE, 1, (first, count) -> List.of(record), Watch.NONE);
        return new Batches(cache, SHAPE, segments -> Layout.of(segments, 4, 2, 99, 1), 5, 1000, portraits, List.of(new int[] {20}, new int[] {}), 4, number -> new int[] {-1, 5, -1, 7});
    }

    private static void bf16(ByteBuffer into, int at, float value) {
        into.putShort(2 * at, (short) (Float.floatToRawIntBits(value) >>> 16));
    }

    @Test void aRecordIsWhatItIs() {
        Batches.Batch batch = batches(0).of(new int[] {0}, 3, false);
        assertEquals(9, batch.clean().mean().item());
        assertEquals(7, batch.canvas().mean().item());
        assertArrayEquals(new int[] {2}, batch.counts());
        assertArrayEquals(new int[] {10, -1, -2, 11, -3, -4, 12, 1}, batch.layouts().get(0).places());
        assertArrayEquals(new float[] {0, 1, 2, 3}, batch.tower().floats());
    }

    @Test void aPortraitIsOneReferenceOnABlankCanvas() {
        Batches batches = batches(1);
        int scenes = 0;
        for (int sample = 0; sample < 200; sample++) {
            Batches.Batch batch = batches.of(new int[] {0}, sample, true);
            assertEquals(0, batch.canvas().norm().item());
            assertArrayEquals(new int[] {1}, batch.counts());
            assertArrayEquals(new int[] {20, -1, -2, 1}, batch.layouts().get(0).places());
            assertArrayEquals(batch.keepsText().item() == 1 ? new int[] {0, 1, 2, 3} : null, batch.sights()[0]);
            boolean scene = batch.references().mean().item() == 7;
            assertArrayEquals(scene ? new float[] {0, 1} : new float[] {2, 3}, batch.tower().floats());
            assertArrayEquals(batch.references().floats(), batch.clean().floats());
            if (scene) scenes++;
        }
        assertTrue(scenes > 70 && scenes < 130, scenes + " of 200");
    }

    @Test void whatARecordShowsOfItsReferencesIsHandedOnWithItsWords() {
        Batches batches = batches(0);
        int kept = 0;
        for (int sample = 0; sample < 200; sample++) {
            Batches.Batch batch = batches.of(new int[] {0}, sample, true);
            boolean words = batch.keepsText().item() == 1;
            assertArrayEquals(words ? new int[] {-1, 5, -1, 7} : null, batch.sights()[0]);
            if (words) kept++;
        }
        assertTrue(kept > 160 && kept < 200, kept + " of 200");
    }

    @Test void theShareOfPortraitsIsWhatWasAskedFor() {
        Batches batches = batches(0.25);
        int portraits = 0;
        for (int sample = 0; sample < 2000; sample++) if (batches.of(new int[] {0}, sample, true).counts()[0] == 1) portraits++;
        assertTrue(portraits > 440 && portraits < 560, portraits + " of 2000");
    }

    @Test void nothingIsAPortraitWhenMeasuring() {
        Batches.Batch batch = batches(1).of(new int[] {0}, 3, false);
        assertEquals(9, batch.clean().mean().item());
        assertNull(batch.sights()[0]);
    }
}
