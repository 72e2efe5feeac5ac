package mige.parity;

import static mige.parity.ParitySuiteTest.COMMITTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The suite itself: it must notice what is wrong. */
class SuiteTest {

    @TempDir Path folder;

    private Path copy(String name) throws IOException {
        Path to = folder.resolve(Path.of(name).getFileName());
        Files.createDirectories(to.getParent());
        return Files.copy(COMMITTED.resolve(name), to);
    }

    private Report run() {
        return Suite.run(Suite.discover(folder), outcome -> { });
    }

    /** Adds to one number of a tensor a hundredth of the largest. */
    private static void change(Path file, String tensor) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int header = (int) all.getLong(0);
        JsonNode entry = new ObjectMapper().readTree(new String(all.array(), 8, header, StandardCharsets.UTF_8)).get(tensor);
        int from = 8 + header + entry.get("data_offsets").get(0).asInt(), to = 8 + header + entry.get("data_offsets").get(1).asInt();
        float largest = 0;
        for (int at = from; at < to; at += 4) largest = Math.max(largest, Math.abs(all.getFloat(at)));
        all.putFloat(from + 8, all.getFloat(from + 8) + largest / 100);
        Files.write(file, all.array());
    }

    @ParameterizedTest @CsvSource({
            "encoder/ffm_small.safetensors, output.ffm", "encoder/ffm_small.safetensors, intermediate.ln_k_1",
            "encoder/ffm_small.safetensors, weights.FFM.ln_out.bias", "encoder/t5_encoder.safetensors, intermediate.block.2",
            "encoder/t5_encoder.safetensors, output.last_hidden_state", "encoder/t5_encoder.safetensors, intermediate.position_bias",
            "encoder/true_size_vit_block.safetensors, output.rows_0_32_64_256"})
    void failsWhenOneNumberOfAGoldenIsChanged(String name, String tensor) throws IOException {
        change(copy(name), tensor);
        Report report = run();
        assertEquals("0 passed, 1 failed", report.summary(), report.toString());
        assertTrue(report.outcomes().get(0).difference() > report.outcomes().get(0).limit());
    }

    @Test void failsWhenOneLetterOfAPromptIsChanged() throws IOException {
        Path file = copy("encoder/prompts.json");
        Files.writeString(file, Files.readString(file).replaceFirst("in the jungle\",\n\"update", "in the jungly\",\n\"update"));
        assertEquals("0 passed, 1 failed", run().summary());
    }

    @Test void passesWhenNothingIsChanged() throws IOException {
        copy("encoder/ffm_small.safetensors");
        copy("encoder/prompts.json");
        Report report = run();
        assertEquals("2 passed, 0 failed", report.summary(), report.toString());
        assertTrue(report.good());
    }

    @Test void runsSeveralGoldensOfAKind() throws IOException {
        Files.copy(copy("encoder/ffm_small.safetensors"), folder.resolve("ffm_other.safetensors"));
        assertEquals("2 passed, 0 failed", run().summary());
    }

    @Test void failsForAnUnknownKind() throws IOException {
        Files.writeString(folder.resolve("riddle.json"), "{\"cases\": []}");
        assertEquals("FAIL  riddle.json                                   is of the unknown kind 'riddle'\n0 passed, 1 failed\n", run().toString());
    }

    @Test void failsForADamagedFile() throws IOException {
        Path file = copy("encoder/ffm_small.safetensors");
        Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 5000));
        Files.writeString(folder.resolve("prompts.json"), "{\"cases\": [");
        Report report = run();
        assertEquals("0 passed, 2 failed", report.summary());
        assertTrue(report.toString().contains("prompts.json: is no JSON"), report.toString());
    }

    @Test void failsWhenACompanionIsMissing() throws IOException {
        copy("encoder/context_embedding.safetensors");
        assertTrue(run().toString().contains("needs the file 'context_embedding.json' beside it, and there is none"));
    }

    @Test void failsWhenNothingWasCompared() {
        assertFalse(Case.of("idle", checks -> { }).run().passed());
    }

    @Test void failsForNotANumber() {
        Outcome outcome = Case.of("nan", checks -> checks.close("x", Tensor.of(new float[] {1, 2}, 2), Tensor.of(new float[] {1, Float.NaN}, 2))).run();
        assertFalse(outcome.passed(), outcome.line());
    }

    @Test void failsForAnotherShape() {
        Outcome outcome = Case.of("shape", checks -> checks.close("x", Tensor.ones(2, 3), Tensor.ones(3, 2))).run();
        assertEquals("x: has the shape [3, 2], expected [2, 3]", outcome.detail());
    }

    @Test void failsWithTheSentenceOfAnException() {
        Outcome outcome = Case.of("broken", checks -> {
            checks.same("first", 1, 1);
            throw new UsageException("It broke.");
        }).run();
        assertEquals("It broke. (after 'first')", outcome.detail());
        assertFalse(outcome.passed());
    }

    @Test void measuresAgainstTheLargestMagnitudeExpected() {
        Outcome outcome = Case.of("scale", checks -> checks.close("x", Tensor.of(new float[] {0, 1000}, 2), Tensor.of(new float[] {0.05f, 1000}, 2))).run();
        assertTrue(outcome.passed());
        assertEquals(5e-5, outcome.difference(), 1e-9);
    }

    @Test void refusesAFolderWithoutGoldens() {
        assertTrue(assertThrows(UsageException.class, () -> Suite.discover(folder)).getMessage().endsWith("holds no golden, expected .safetensors and .json files."));
        assertThrows(UsageException.class, () -> Suite.discover(folder.resolve("nowhere")));
    }

    @Test void readsTheFormulasOfTheGoldens() {
        float[] x = Formula.scaled(5000, 1, 0, 2).floats();
        assertTrue(Math.abs(x[0]) <= 1 && x[0] != x[1], List.of(x[0], x[1]).toString());
    }
}
