package dev.mige4j.train.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureCacheTest {

    private static final FeatureCache.Spec SPEC =
            new FeatureCache.Spec(FeatureCache.FORMAT, "test", 8, 1, 2, 1, 1, 1, 3, 0, "weights");

    @TempDir
    Path folder;

    private static List<FeatureCache.FeatureRecord> records(int first, int count, int end) {
        return IntStream.range(first, first + count)
                .mapToObj(i -> new FeatureCache.FeatureRecord(
                        "group " + i,
                        "täsk",
                        -1,
                        new int[] {0},
                        List.of(new int[] {i, 7}, new int[] {}),
                        i % 2 == 0 ? new int[] {-1, i} : null,
                        new byte[] {1, 2, 3, (byte) i},
                        new byte[SPEC.momentBytes()],
                        new byte[] {4, 5}))
                .toList();
    }

    @Test
    void returnsTheRecordsThatWereStored() {
        FeatureCache cache = FeatureCache.open(folder, SPEC, 5, FeatureCacheTest::records, ProgressListener.NONE);
        assertEquals(5, cache.available());
        assertEquals("group 4", cache.group(4));
        assertEquals("täsk", cache.task(4));
        FeatureCache.FeatureRecord record = cache.get(4);
        assertArrayEquals(new int[] {4, 7}, record.segments().get(0));
        assertArrayEquals(new byte[] {1, 2, 3, 4}, record.mask());
        assertEquals(5, record.visionFeatures().get(1));
        assertArrayEquals(new int[] {-1, 4}, record.correspondence());
        assertNull(cache.get(3).correspondence());
    }

    @Test
    void growsWhileItIsRead() throws InterruptedException {
        Semaphore chunks = new Semaphore(1);
        FeatureCache.RecordSource slow = (first, count, end) -> {
            chunks.acquireUninterruptibly();
            return records(first, count, end);
        };
        try (FeatureCache cache = FeatureCache.openGrowing(folder, SPEC, 9, 2, slow, ProgressListener.NONE)) {
            assertEquals(3, cache.available());
            assertArrayEquals(new int[] {2, 7}, cache.get(2).segments().get(0));
            chunks.release(2);
            while (cache.available() < 9) Thread.sleep(5);
            assertArrayEquals(new int[] {8, 7}, cache.get(8).segments().get(0));
        }
    }

    @Test
    void reportsAFailureOfTheBackground() {
        FeatureCache.RecordSource failing = (first, count, end) -> {
            if (first == 3) throw new UsageException("no more");
            return records(first, count, end);
        };
        var e = assertThrows(UsageException.class, () -> {
            try (FeatureCache cache = FeatureCache.openGrowing(folder, SPEC, 9, 3, failing, ProgressListener.NONE)) {
                while (cache.available() < 9) Thread.sleep(5);
            }
        });
        assertEquals("no more", e.getMessage());
    }

    @Test
    void computesMissingFilesOnly() {
        FeatureCache.open(folder, SPEC, 3, FeatureCacheTest::records, ProgressListener.NONE);
        FeatureCache.open(
                folder,
                SPEC,
                6,
                (first, count, end) -> {
                    assertEquals(3, first);
                    assertEquals(6, end);
                    return records(first, count, end);
                },
                ProgressListener.NONE);
    }

    @Test
    void refusesTheCacheOfAnEarlierRelease() throws IOException {
        Files.writeString(folder.resolve("cache.json"), "{\"size\": 128, \"latentSide\": 16, \"origin\": \"abc\"}");
        var e = assertThrows(
                UsageException.class,
                () -> FeatureCache.open(folder, SPEC, 3, FeatureCacheTest::records, ProgressListener.NONE));
        assertTrue(e.getMessage().contains("Delete the folder to compute them again"), e.getMessage());
    }

    @Test
    void leavesNoPartialFileWhenCancelled() throws IOException {
        assertThrows(
                CancelledException.class,
                () -> FeatureCache.open(folder, SPEC, 3, FeatureCacheTest::records, (item, done, total) -> false));
        try (var files = Files.list(folder)) {
            assertEquals(
                    List.of("cache.json"),
                    files.map(f -> f.getFileName().toString()).toList());
        }
    }
}
