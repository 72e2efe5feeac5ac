package dev.mige4j.parity;

import static dev.mige4j.parity.ReferenceParityTest.COMMITTED_GOLDENS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The suite must detect every kind of error. */
class ParitySuiteFailuresTest {

    @TempDir
    Path folder;

    private Path copyGolden(String name) throws IOException {
        Path to = folder.resolve(Path.of(name).getFileName());
        Files.createDirectories(to.getParent());
        return Files.copy(COMMITTED_GOLDENS.resolve(name), to);
    }

    private ParityReport run() {
        return ParitySuite.run(ParitySuite.discover(folder), result -> {});
    }

    /** Adds one hundredth of the largest value of a tensor to one of its elements. */
    private static void perturb(Path file, String tensor) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int header = (int) all.getLong(0);
        JsonNode entry = Json.MAPPER
                .readTree(new String(all.array(), 8, header, StandardCharsets.UTF_8))
                .get(tensor);
        int from = 8 + header + entry.get("data_offsets").get(0).asInt(),
                to = 8 + header + entry.get("data_offsets").get(1).asInt();
        float largest = 0;
        for (int offset = from; offset < to; offset += 4) largest = Math.max(largest, Math.abs(all.getFloat(offset)));
        all.putFloat(from + 8, all.getFloat(from + 8) + largest / 100);
        Files.write(file, all.array());
    }

    @ParameterizedTest
    @CsvSource({
        "encoder/ffm_small.safetensors, output.ffm", "encoder/ffm_small.safetensors, intermediate.ln_k_1",
        "encoder/ffm_small.safetensors, weights.FFM.ln_out.bias",
                "encoder/t5_encoder.safetensors, intermediate.block.2",
        "encoder/t5_encoder.safetensors, output.last_hidden_state",
                "encoder/t5_encoder.safetensors, intermediate.position_bias",
        "encoder/true_size_vit_block.safetensors, output.rows_0_32_64_256"
    })
    void failsWhenOneNumberOfAGoldenIsChanged(String name, String tensor) throws IOException {
        perturb(copyGolden(name), tensor);
        ParityReport report = run();
        assertEquals("0 passed, 1 failed", report.summary(), report.toString());
        assertTrue(
                report.results().get(0).difference() > report.results().get(0).tolerance());
    }

    @Test
    void failsWhenOneCharacterOfAPromptIsChanged() throws IOException {
        Path file = copyGolden("encoder/prompts.json");
        Files.writeString(
                file, Files.readString(file).replaceFirst("in the jungle\",\n\"update", "in the jungly\",\n\"update"));
        assertEquals("0 passed, 1 failed", run().summary());
    }

    @Test
    void passesForUnchangedGoldens() throws IOException {
        copyGolden("encoder/ffm_small.safetensors");
        copyGolden("encoder/prompts.json");
        ParityReport report = run();
        assertEquals("2 passed, 0 failed", report.summary(), report.toString());
        assertTrue(report.allPassed());
    }

    @Test
    void runsSeveralGoldensOfAKind() throws IOException {
        Files.copy(copyGolden("encoder/ffm_small.safetensors"), folder.resolve("ffm_other.safetensors"));
        assertEquals("2 passed, 0 failed", run().summary());
    }

    @Test
    void failsForAnUnknownKind() throws IOException {
        Files.writeString(folder.resolve("mystery.json"), "{\"cases\": []}");
        assertEquals(
                "FAIL  mystery.json                                  has the unknown kind 'mystery'\n"
                        + "0 passed, 1 failed\n",
                run().toString());
    }

    @Test
    void leavesOutTheDataThatGoldensRead() throws IOException {
        copyGolden("encoder/prompts.json");
        Files.writeString(folder.resolve("expected.json"), "{}");
        for (String data : List.of("prompts/records.json", "bench/edits.json", "bench/test/turns.json")) {
            Files.createDirectories(folder.resolve(data).getParent());
            Files.writeString(folder.resolve(data), "[]");
        }
        assertEquals("1 passed, 1 failed", run().summary()); // expected.json itself is of a kind that needs content
        Files.delete(folder.resolve("expected.json"));
        assertEquals("1 passed, 2 failed", run().summary());
    }

    @Test
    void failsForACorruptFile() throws IOException {
        Path file = copyGolden("encoder/ffm_small.safetensors");
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 5000));
        Files.writeString(folder.resolve("prompts.json"), "{\"cases\": [");
        ParityReport report = run();
        assertEquals("0 passed, 2 failed", report.summary());
        assertTrue(report.toString().contains("prompts.json: not valid JSON"), report.toString());
    }

    @Test
    void failsWhenACompanionIsMissing() throws IOException {
        copyGolden("encoder/context_embedding.safetensors");
        assertTrue(run().toString().contains("requires the file 'context_embedding.json' in the same folder"));
    }

    @Test
    void failsWhenNothingWasCompared() {
        assertFalse(ParityCase.of("idle", checks -> {}).run().passed());
    }

    @Test
    void failsForNaN() {
        ParityResult result = ParityCase.of(
                        "nan",
                        checks -> checks.assertClose(
                                "x", Tensor.of(new float[] {1, 2}, 2), Tensor.of(new float[] {1, Float.NaN}, 2)))
                .run();
        assertFalse(result.passed(), result.summaryLine());
    }

    @Test
    void failsOnAShapeMismatch() {
        ParityResult result = ParityCase.of(
                        "shape", checks -> checks.assertClose("x", Tensor.ones(2, 3), Tensor.ones(3, 2)))
                .run();
        assertEquals("x: has the shape [3, 2], expected [2, 3]", result.detail());
    }

    @Test
    void reportsTheMessageOfAnException() {
        ParityResult result = ParityCase.of("broken", checks -> {
                    checks.assertEqual("first", 1, 1);
                    throw new UsageException("It broke.");
                })
                .run();
        assertEquals("It broke. (after 'first')", result.detail());
        assertFalse(result.passed());
    }

    @Test
    void measuresRelativeToTheLargestExpectedMagnitude() {
        ParityResult result = ParityCase.of(
                        "scale",
                        checks -> checks.assertClose(
                                "x", Tensor.of(new float[] {0, 1000}, 2), Tensor.of(new float[] {0.05f, 1000}, 2)))
                .run();
        assertTrue(result.passed());
        assertEquals(5e-5, result.difference(), 1e-9);
    }

    @Test
    void rejectsAFolderWithoutGoldens() {
        assertTrue(assertThrows(UsageException.class, () -> ParitySuite.discover(folder))
                .getMessage()
                .endsWith("contains no golden files (.safetensors or .json)."));
        assertThrows(UsageException.class, () -> ParitySuite.discover(folder.resolve("nowhere")));
    }

    @Test
    void generatesProceduralTensors() {
        float[] x = ProceduralTensors.lowbias32Tensor(5000, 1, 0, 2).toFloatArray();
        assertTrue(Math.abs(x[0]) <= 1 && x[0] != x[1], List.of(x[0], x[1]).toString());
    }
}
