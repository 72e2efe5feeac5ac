package mige.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import mige.data.Kind;
import mige.encoder.Layout;
import mige.tensor.Tensor;
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
        return new Batches(cache, SHAPE, segments -> Layout.of(segments, 4, 2, 99, 1), 5, 1000, portraits, List.of(new int[] {20}, new int[] {}));
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

    @Test void aPortraitIsOneReferenceMovedOnABlankCanvas() {
        Batches batches = batches(1);
        Set<String> moves = new HashSet<>();
        for (int sample = 0; sample < 200; sample++) {
            Batches.Batch batch = batches.of(new int[] {0}, sample, true);
            assertEquals(0, batch.canvas().norm().item());
            assertArrayEquals(new int[] {1}, batch.counts());
            assertArrayEquals(new int[] {20, -1, -2, 1}, batch.layouts().get(0).places());
            boolean scene = batch.references().mean().item() == 7;
            assertArrayEquals(scene ? new float[] {0, 1} : new float[] {2, 3}, batch.tower().floats());
            if (scene) assertEquals(7, batch.clean().mean().item());
            else moves.add(move(batch.clean()));
        }
        assertEquals(9, moves.size(), moves.toString());
    }

    /** How the ramp was moved by up to one cell, with its edges going on. */
    private static String move(Tensor ramp) {
        float[] found = ramp.floats();
        for (int down = -1; down <= 1; down++) {
            for (int right = -1; right <= 1; right++) {
                int y = down, x = right;
                if (IntStream.range(0, CELLS).allMatch(i -> found[i] == inside(i / SIDE - y) * SIDE + inside(i % SIDE - x))) return y + " " + x;
            }
        }
        throw new AssertionError("not the ramp, moved: " + java.util.Arrays.toString(found));
    }

    private static int inside(int at) {
        return Math.min(SIDE - 1, Math.max(0, at));
    }

    @Test void theShareOfPortraitsIsWhatWasAskedFor() {
        Batches batches = batches(0.25);
        int portraits = 0;
        for (int sample = 0; sample < 2000; sample++) if (batches.of(new int[] {0}, sample, true).counts()[0] == 1) portraits++;
        assertTrue(portraits > 440 && portraits < 560, portraits + " of 2000");
    }

    @Test void nothingIsAPortraitWhenMeasuring() {
        assertEquals(9, batches(1).of(new int[] {0}, 3, false).clean().mean().item());
    }
}
