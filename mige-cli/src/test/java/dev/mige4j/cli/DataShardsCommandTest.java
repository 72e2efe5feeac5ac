package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.DatasetTask;
import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.shard.ShardReader;
import dev.mige4j.image.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataShardsCommandTest {

    @TempDir
    Path folder;

    private final String target = DatasetTask.EDIT.path("target", "1.png"),
            source = DatasetTask.EDIT.path("source", "1.png");

    private Path writeList() {
        Path list = folder.resolve("data/list.json");
        DatasetRecord record =
                new DatasetRecord(target, 4, 4, List.of(source), "make<imagehere>red", Optional.of(source), Map.of());
        RecordList.write(list, List.of(record).iterator());
        return list;
    }

    @Test
    void packsTheRecordsOfAListAndTheirImages() {
        Image red = Image.filled(4, 4, 0xff0000), blue = Image.filled(4, 4, 0x0000ff);
        red.write(folder.resolve("data").resolve(target));
        blue.write(folder.resolve("data").resolve(source));
        Path shards = folder.resolve("shards");
        CliResult result = mige("data", "shards", writeList(), "-o", shards);
        assertEquals("1 record in 1 shard: " + shards + "\n", result.out());
        assertEquals(0, result.exitCode());
        assertEquals(red, ShardReader.open(shards).get(0).image(target));
        assertEquals(blue, ShardReader.open(shards).get(0).image(source));
    }

    @Test
    void namesTheImageThatIsMissingAndLeavesNoShard() {
        CliResult result = mige("data", "shards", writeList(), "-o", folder.resolve("shards"));
        assertEquals(2, result.exitCode());
        assertTrue(result.err().contains("1.png: there is no such file."), result.err());
        assertTrue(Files.notExists(folder.resolve("shards/train-00000.tar")));
    }
}
