package dev.mige4j.spark;

import static dev.mige4j.spark.CommandLines.migeSpark;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs whose tasks run in this process. */
class SparkMainTest {

    @TempDir
    Path folder;

    private SparkProperties properties;

    @BeforeEach
    void configureSpark() {
        properties = SparkProperties.local();
    }

    @AfterEach
    void restoreTheProperties() {
        properties.close();
    }

    @Test
    void reportsTheRecordsThatFailWithTheExitCodeOfTheCommand() throws IOException {
        Image.filled(20, 20, 0x2060a0).write(folder.resolve("room.png"), Map.of());
        Path records = Files.writeString(folder.resolve("records.jsonl"), """
                {"image": "room.png", "instruction": "make it night", "idx": 1}
                {"image": "nowhere.png", "instruction": "make it night", "idx": 2}
                """);
        Path results = folder.resolve("results");
        CommandTasks.Result result =
                migeSpark("batch", records, "--model", "random", "--steps", 2, "-o", results, "--parts", 2);
        assertEquals(1, result.exitCode());
        assertTrue(result.err().contains("mige: record 2: " + folder.resolve("nowhere.png")), result.err());
        assertEquals(List.of("1.png"), new OutputFolder(results).files(".png"));
    }

    @Test
    void joinsTheReportsOfAnEvaluation() throws IOException {
        List<String> sessions = new ArrayList<>(), captions = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            for (String kind : List.of("input", "output"))
                Image.filled(24, 20, 0x203040 * i + kind.hashCode() & 0xffffff)
                        .write(image(i + "-" + kind + ".png"), Map.of());
            sessions.add(("\"%1$d\": [{\"input\": \"%1$d-input.png\", \"mask\": \"%1$d-input.png\","
                            + " \"output\": \"%1$d-output.png\", \"instruction\": \"a\"}]")
                    .formatted(i));
            captions.add("\"%1$d\": {\"%1$d-input.png\": \"x\", \"%1$d-output.png\": \"y\"}".formatted(i));
        }
        writeData("edit_sessions.json", sessions);
        writeData("global_descriptions.json", captions);
        writeData("local_descriptions.json", captions);
        Object[] eval = {
            "eval",
            "magicbrush",
            "--data",
            folder.resolve("data"),
            "--model",
            "random",
            "--steps",
            2,
            "-o",
            folder.resolve("out"),
            "--parts",
            2
        };
        for (int run = 0; run < 2; run++) {
            CommandTasks.Result result = migeSpark(eval);
            assertEquals(0, result.exitCode(), result.err());
            String scores = Files.readString(folder.resolve("out/whole/scores.jsonl"));
            for (int i = 0; i < 3; i++) assertTrue(scores.contains("\"" + i), scores);
        }
    }

    private void writeData(String name, List<String> entries) throws IOException {
        Files.writeString(folder.resolve("data").resolve(name), "{" + String.join(",", entries) + "}");
    }

    private Path image(String name) throws IOException {
        Path file = folder.resolve("data/images").resolve(name.substring(0, 1)).resolve(name);
        Files.createDirectories(file.getParent());
        return file;
    }

    @Test
    void refusesARelativeOutputFolderBeforeAnythingStarts() {
        CommandTasks.Result result = migeSpark("batch", "/records.jsonl", "-o", "results", "--parts", 2);
        assertEquals(2, result.exitCode());
        assertEquals(
                "mige-spark: -o is 'results', a relative path, but tasks run in folders of their own; give an absolute"
                        + " path",
                result.err().strip());
    }
}
