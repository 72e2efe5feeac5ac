package dev.mige4j.parity;

import static dev.mige4j.parity.ReferenceParityTest.COMMITTED_GOLDENS;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The goldens of the evaluation must detect what is wrong, and hold for other ids, names and numbers of items. */
class EvaluationCasesTest {

    @TempDir
    Path folder;

    private void copy(String name) throws IOException {
        Path root = COMMITTED_GOLDENS.resolve("evaluation");
        try (Stream<Path> files = Files.walk(root.resolve(name))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = folder.resolve(root.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
    }

    /** Runs the goldens; their report must contain these texts. */
    private void assertReport(String... texts) {
        String report =
                ParitySuite.run(ParitySuite.discover(folder), result -> {}).toString();
        for (String text : texts) assertTrue(report.contains(text), report);
    }

    /** The value of a field such as {@code clip_i/per_item/3}. */
    private void replace(String file, String field, JsonNode value) throws IOException {
        JsonNode root = Json.read(folder.resolve(file));
        int slash = field.lastIndexOf('/');
        JsonNode parent = slash < 0 ? root : root.at("/" + field.substring(0, slash));
        String name = field.substring(slash + 1);
        if (parent instanceof ArrayNode list) list.set(Integer.parseInt(name), value);
        else ((ObjectNode) parent).set(name, value);
        Files.writeString(folder.resolve(file), Json.write(root));
    }

    private void copyMetrics() throws IOException {
        copy("metrics.json");
        copy("metrics.safetensors");
    }

    private void copyEndToEnd() throws IOException {
        copy("e2e.json");
        copy("e2e.safetensors");
        copy("e2e");
    }

    @Test
    void passesForUnchangedGoldens() throws IOException {
        copyMetrics();
        copyEndToEnd();
        assertReport("8 passed, 0 failed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "clip_i/per_item/3",
                "clip_t/mean",
                "clip_t_emu/mean",
                "clip_t_existing_only/mean",
                "dino/mean",
                "clip_dir/mean_valid",
                "clip_dir_instruct_pix2pix/per_item/9",
                "l1/per_item/5",
                "l2/mean",
                "dreambench/mean_over_all_pairs",
                "dreambench/per_picture_mean_over_reals/0"
            })
    void failsWhenAValueIsChanged(String field) throws IOException {
        copyMetrics();
        double value = Json.read(folder.resolve("metrics.json")).at("/" + field).asDouble();
        replace("metrics.json", field, DoubleNode.valueOf(value + 2e-5));
        assertReport("6 passed, 1 failed");
    }

    @Test
    void failsWhenAValueIsMissingOnOneSideOnly() throws IOException {
        copyMetrics();
        replace("metrics.json", "dino/per_item/2", NullNode.instance);
        replace("metrics.json", "clip_dir/per_item/9", DoubleNode.valueOf(0));
        assertReport(
                "dino, item 2 is missing: is 'false', expected 'true'",
                "clip_dir, item 9 is missing: is 'true', expected 'false'");
    }

    @ParameterizedTest
    @CsvSource({
        "clip_i, 'metrics.json: ''clip_i.a'' is missing.'",
        "l2, 'metrics.json: ''l2'' has no values.'",
        "captions, 'The golden has 12 embeddings and 0 captions, expected as many.'",
        "dreambench, 'metrics.json: ''dreambench.records'' is missing.'"
    })
    void saysWhatAGoldenLacks(String field, String message) throws IOException {
        copyMetrics();
        replace("metrics.json", field, Json.MAPPER.createObjectNode());
        assertReport(message, "6 passed, 1 failed");
    }

    @Test
    void failsWhenACropHasNoEntry() throws IOException {
        copyMetrics();
        replace("metrics.json", "crops", Json.MAPPER.createArrayNode());
        assertReport("number of crops: is '0', expected '9'", "6 passed, 1 failed");
    }

    @Test
    void saysWhichHalfOfAGoldenIsMissing() throws IOException {
        copy("metrics.json");
        copy("e2e.safetensors");
        assertReport(
                "metrics.json: requires the file 'metrics.safetensors' in the same folder.",
                "e2e.safetensors: requires the file 'e2e.json' in the same folder.");
    }

    @Test
    void acceptsOtherIdsAndNamesOfFiles() throws IOException {
        copyEndToEnd();
        Path golden = folder.resolve("e2e.json"), records = folder.resolve("e2e/records.json");
        for (String kind : List.of("gen", "ref"))
            try (Stream<Path> files = Files.list(folder.resolve("e2e").resolve(kind))) {
                for (Path file : files.toList()) Files.move(file, file.resolveSibling("90" + file.getFileName()));
            }
        JsonNode root = Json.read(golden);
        for (String list :
                List.of("/ids", "/values/clip_t_emu/used", "/values/clip_t_target/used", "/values/clip_dir/valid")) {
            ArrayNode ids = (ArrayNode) root.at(list);
            for (int i = 0; i < ids.size(); i++)
                ids.set(
                        i,
                        Json.MAPPER.getNodeFactory().textNode("90" + ids.get(i).asText()));
        }
        Files.writeString(golden, Json.write(root));
        JsonNode entries = Json.read(records);
        for (JsonNode entry : entries)
            ((ObjectNode) entry).put("idx", "90" + entry.get("idx").asText());
        Files.writeString(records, Json.write(entries));
        assertReport("1 passed, 0 failed");
    }

    @Test
    void failsWhenAnImageIsDamagedOrMissing() throws IOException {
        copyEndToEnd();
        Path image;
        try (Stream<Path> files = Files.list(folder.resolve("e2e/gen"))) {
            image = files.sorted().findFirst().orElseThrow();
        }
        Files.writeString(image, "no image");
        assertReport(image.getFileName().toString(), "0 passed, 1 failed");
        Files.delete(image);
        assertReport("There is no file ", "0 passed, 1 failed");
    }
}
