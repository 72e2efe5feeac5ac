package dev.mige4j.photos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.DatasetTask;
import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.shard.ShardReader;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.photos.report.PhotoReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordFilesTest {

    private static final List<AddItem> ITEMS =
            List.of(new AddItem("b.png"), new AddItem("a.png"), new AddItem("plain.png"), new AddItem("<odd>.png"));

    @TempDir
    private Path photos;

    @TempDir
    private Path out;

    private ItemFiles files;
    private RecordFiles records;

    @BeforeEach
    void run() throws IOException {
        DiscStages.write(photos.resolve("a.png"), 64, 12);
        DiscStages.write(photos.resolve("b.png"), 48, 20);
        DiscStages.write(photos.resolve("plain.png"), 64, 0);
        Files.writeString(photos.resolve("<odd>.png"), "no image");
        files = new ItemFiles(out, PhotoTask.ADD, ImageEncoding.PNG);
        new PipelineRun<>(new ItemProcessor<>(photos, DiscStages.PIPELINE, "1"), files, 2)
                .run(ITEMS, ProgressListener.NONE);
        records = new RecordFiles(files, ITEMS);
    }

    @Test
    void theListHasTheReferencesFormatAndTheObjectComesFirst() {
        RecordList list = RecordList.open(out, List.of(records.writeLists()));
        assertEquals(2, list.size());
        String key = ItemFiles.key("a.png");
        DatasetRecord record = List.of(list.get(0).record(), list.get(1).record()).stream()
                .filter(r -> r.targetPath().contains(key))
                .findFirst()
                .orElseThrow();
        assertEquals(DatasetTask.ADD, record.task());
        assertEquals(64, record.width());
        assertEquals(List.of(files.object(key), files.source(key)), record.referencePaths());
        assertEquals(Optional.of(files.source(key)), record.sourcePath());
        assertEquals(Image.read(photos.resolve("a.png")), list.get(0).image(record.targetPath()));
    }

    @Test
    void shardsHoldTheSameRecordsAndRepeatedRunsGiveTheSameBytes() throws IOException {
        Path shard = records.writeShards(1 << 20).get(0);
        byte[] first = Files.readAllBytes(shard);
        assertEquals(2, ShardReader.open(out.resolve("shards")).size());
        assertEquals(
                -1,
                Arrays.mismatch(
                        first, Files.readAllBytes(records.writeShards(1 << 20).get(0))));
    }

    @Test
    void theReportShowsSamplesMeasuresAndDroppedPhotographsByReason() throws IOException {
        records.writeLists();
        String page = Files.readString(new PhotoReport(files, Optional.of(photos)).write(10, 10));
        assertTrue(page.contains("2 (50.0 %)"));
        assertTrue(page.contains("Add &lt;imagehere&gt; to &lt;imagehere&gt;"));
        assertTrue(page.contains("<b>object_share</b>"));
        assertTrue(page.contains("no_object"));
        assertTrue(page.contains("&lt;odd&gt;.png"));
        assertFalse(page.contains("<odd>"));
        assertEquals(3 * 2 + 1, page.split("data:image/jpeg", -1).length - 1); // the damaged file has no image
        assertTrue(Files.exists(out.resolve("add/contact-sheet.jpg")));
    }
}
