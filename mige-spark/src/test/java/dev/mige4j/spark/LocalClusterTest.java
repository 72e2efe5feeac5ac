package dev.mige4j.spark;

import static dev.mige4j.spark.CommandLines.mige;
import static dev.mige4j.spark.CommandLines.migeSpark;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.Sha256;
import dev.mige4j.dataset.RecordReader;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.dataset.shard.ShardReader;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.schema.MessageType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs on a cluster of two workers, each with a process for its tasks, of which one is killed. */
@Tag("slow") // starting the processes takes most of the time
class LocalClusterTest {

    @TempDir
    Path folder;

    private SparkProperties properties;

    @BeforeEach
    void configureTheCluster() {
        properties = SparkProperties.localCluster(folder.resolve("cluster"));
    }

    @AfterEach
    void restoreTheProperties() {
        properties.close();
    }

    @Test
    void aBatchHasTheImagesOfOneMachineWhenAWorkerIsKilled() throws Exception {
        Image.filled(50, 70, 0x2060a0).write(folder.resolve("room.png"), Map.of());
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 40; i++)
            lines.append("{\"image\": \"room.png\", \"instruction\": \"make it night\", \"idx\": " + i + "}\n");
        Path records = Files.writeString(folder.resolve("records.jsonl"), lines);
        OutputFolder divided = new OutputFolder(folder.resolve("divided")),
                whole = new OutputFolder(folder.resolve("whole"));

        CompletableFuture<CommandTasks.Result> job = CompletableFuture.supplyAsync(() -> migeSpark(
                "batch",
                records,
                "--model",
                "random",
                "--steps",
                5,
                "--seed",
                7,
                "-o",
                divided.folder(),
                "--parts",
                4));
        killAWorkerWhenThereIsAFile(divided, ".png", job);
        CommandTasks.Result result = job.get();
        assertEquals(0, result.exitCode(), result.err());
        assertEquals(40, count("generated", result.out()) + count("up to date", result.out()), result.out());

        mige("batch", records, "--model", "random", "--steps", 5, "--seed", 7, "-o", whole.folder());
        assertEquals(40, whole.files(".png").size());
        whole.assertSameFiles("", divided);
    }

    @Test
    void dataFromPhotographsEqualThoseOfOneMachineWhenAWorkerIsKilled() throws Exception {
        PhotoSet photos = PhotoSet.write(folder, 24);
        OutputFolder divided = new OutputFolder(folder.resolve("divided")),
                whole = new OutputFolder(folder.resolve("whole"));
        CompletableFuture<CommandTasks.Result> job =
                CompletableFuture.supplyAsync(() -> migeSpark(photos.command(divided.folder(), "--parts", 4)));
        killAWorkerWhenThereIsAFile(divided, ".source.png", job);
        CommandTasks.Result result = job.get();
        assertEquals(0, result.exitCode(), result.err());
        assertEquals(24, count("photographs", result.out()), result.out());
        assertEquals(12, count("kept", result.out()), result.out());

        assertEquals(0, mige(photos.command(whole.folder())).exitCode());
        for (String ending : List.of(".png", "add.json", "/decisions.jsonl", "run.json"))
            whole.assertSameFiles(ending, divided);
        assertEquals(shardRecords(whole), shardRecords(divided));
        assertEquals(24, parquetRows(divided));
    }

    private static long parquetRows(OutputFolder output) throws IOException {
        long rows = 0;
        for (String file : output.files(".parquet")) {
            InputFile input = new LocalInputFile(output.folder().resolve(file));
            try (ParquetFileReader reader = ParquetFileReader.open(input)) {
                rows += reader.getRecordCount();
                MessageType columns = reader.getFileMetaData().getSchema();
                for (String column : List.of("key", "dropped", "target", "references", "instruction", "measures"))
                    assertTrue(columns.containsField(column), column);
            }
        }
        return rows;
    }

    /** The records of all shards with hashes of their images, as text. */
    private static List<String> shardRecords(OutputFolder output) {
        RecordReader reader = ShardReader.open(output.folder().resolve("shards"));
        List<String> records = new ArrayList<>();
        for (int i = 0; i < reader.size(); i++) {
            StoredRecord stored = reader.get(i);
            List<String> hashes = stored.record().imagePaths().stream()
                    .map(path -> Sha256.hex(stored.files().apply(path)))
                    .toList();
            records.add(stored.record().instruction() + hashes + stored.record().measures());
        }
        return records;
    }

    /** Kills the process of a worker with SIGKILL while the job runs. */
    private static void killAWorkerWhenThereIsAFile(
            OutputFolder output, String ending, CompletableFuture<CommandTasks.Result> job)
            throws InterruptedException {
        while (output.files(ending).isEmpty() && !job.isDone()) Thread.sleep(20);
        assertFalse(job.isDone(), () -> "The job ended before a worker was killed: " + job.join());
        ProcessHandle.current().children().findFirst().orElseThrow().destroyForcibly();
    }

    /** The sum of the numbers before a word. */
    private static int count(String word, String out) {
        Matcher matcher = Pattern.compile("(\\d+) " + word).matcher(out);
        return matcher.results()
                .mapToInt(match -> Integer.parseInt(match.group(1)))
                .sum();
    }
}
