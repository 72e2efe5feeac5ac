package dev.mige4j.photos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.ImageEncoding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineRunTest {

    @TempDir
    private Path folder;

    private Path photos;

    @BeforeEach
    void writePhotographs() throws IOException {
        photos = folder.resolve("photos");
        Files.createDirectories(photos.resolve("below"));
        for (int i = 0; i < 5; i++) DiscStages.write(photos.resolve("below/disc%d.png".formatted(i)), 64, 10 + i);
        DiscStages.write(photos.resolve("plain.png"), 64, 0);
        DiscStages.write(photos.resolve("small.png"), 16, 4);
        Files.writeString(photos.resolve("damaged.jpg"), "no image");
        Files.writeString(photos.resolve("notes.txt"), "no photograph");
        Files.writeString(photos.resolve(".hidden.png"), "no photograph");
    }

    @Test
    void everyItemIsKeptOrDroppedWithAReason() throws IOException {
        PipelineRun.Counts counts = run(folder.resolve("out"), 2, "1", ProgressListener.NONE);
        assertEquals(
                new PipelineRun.Counts(8, 8, 5, new TreeMap<>(Map.of("no_object", 1, "too_small", 1, "unreadable", 1))),
                counts);
        assertEquals(8 + 5 * 3, hashes(folder.resolve("out")).size());
        ItemDecision decision =
                files(folder.resolve("out")).read(ItemFiles.key("damaged.jpg")).orElseThrow();
        assertTrue(decision.toJson().contains("\"photos\":[\"damaged.jpg\"]"), decision.toJson());
    }

    @Test
    void theNumberOfThreadsDoesNotMatter() throws IOException {
        run(folder.resolve("one"), 1, "1", ProgressListener.NONE);
        run(folder.resolve("three"), 3, "1", ProgressListener.NONE);
        assertEquals(hashes(folder.resolve("one")), hashes(folder.resolve("three")));
    }

    @Test
    void aRepeatedRunTakesFinishedItemsAndMakesThoseThatChanged() throws IOException {
        Path out = folder.resolve("out");
        run(out, 2, "1", ProgressListener.NONE);
        assertEquals(0, run(out, 2, "1", ProgressListener.NONE).made());
        DiscStages.write(photos.resolve("small.png"), 64, 20);
        PipelineRun.Counts counts = run(out, 2, "1", ProgressListener.NONE);
        assertEquals(1, counts.made());
        assertEquals(6, counts.kept());
        Files.delete(out.resolve(files(out).source(ItemFiles.key("small.png"))));
        assertEquals(1, run(out, 2, "1", ProgressListener.NONE).made());
        assertEquals(8, run(out, 2, "2", ProgressListener.NONE).made());
    }

    @Test
    void aCancelledRunContinuesToTheSameFiles() throws IOException {
        run(folder.resolve("whole"), 1, "1", ProgressListener.NONE);
        Path out = folder.resolve("parts");
        CancelledException cancelled =
                assertThrows(CancelledException.class, () -> run(out, 1, "1", (item, done, total) -> done < 3));
        assertEquals("stopped after 3 of 8 items; run the same command to continue", cancelled.getMessage());
        AtomicInteger last = new AtomicInteger();
        PipelineRun.Counts counts = run(out, 1, "1", (item, done, total) -> {
            last.set((int) done);
            return true;
        });
        assertEquals(5, counts.made());
        assertEquals(8, last.get());
        assertEquals(hashes(folder.resolve("whole")), hashes(out));
    }

    @Test
    void aPathThatLeadsOutOfTheFolderIsRefused() {
        for (String path : List.of("../secret.png", "/etc/secret.png", "below/../../secret.png", ""))
            assertThrows(UsageException.class, () -> PhotoFolder.resolve(photos, path));
        assertEquals(photos.resolve("below/a.png"), PhotoFolder.resolve(photos, "below/a.png"));
        assertTrue(PhotoFolder.resolve(Path.of("."), "a.png").isAbsolute());
        assertFalse(PhotoFolder.list(photos).contains("notes.txt"));
    }

    private ItemFiles files(Path out) {
        return new ItemFiles(out, PhotoTask.ADD, ImageEncoding.PNG);
    }

    private PipelineRun.Counts run(Path out, int threads, String settings, ProgressListener listener) {
        ItemProcessor<AddItem> processor = new ItemProcessor<>(photos, DiscStages.PIPELINE, settings);
        List<AddItem> items =
                PhotoFolder.list(photos).stream().map(AddItem::new).toList();
        return new PipelineRun<>(processor, files(out), threads).run(items, listener);
    }

    private static Map<String, String> hashes(Path out) throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(out)) {
            for (Path file : all.filter(Files::isRegularFile).toList())
                hashes.put(out.relativize(file).toString(), Sha256.hex(file));
        }
        return hashes;
    }
}
