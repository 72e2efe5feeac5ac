package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.weights.torch.TorchFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that read and write weight files. */
class WeightsCommandsTest {

    @TempDir
    Path folder;

    byte[] safetensors;

    @BeforeEach
    void buildSafetensors() {
        byte[] header = "{\"FFM.mlp.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}"
                .getBytes(StandardCharsets.UTF_8);
        safetensors = ByteBuffer.allocate(8 + header.length + 16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    @Test
    void weightsListsTensors() throws IOException {
        Path file = Files.write(folder.resolve("a.safetensors"), safetensors);
        CliResult result = mige("weights", file);
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(result.out().contains("FFM.mlp.weight") && result.out().contains("F32"), result.out());
        assertEquals(1, mige("weights", "--summary", file).out().lines().count());
    }

    @Test
    void weightsListsTheSectionOfAName() throws IOException {
        String weights = TorchFiles.dict("w", TorchFiles.tensor(4));
        Path file =
                TorchFiles.write(folder.resolve("a.pth"), TorchFiles.dict("model", weights, "state_dict_ema", weights));
        CliResult result = mige("weights", file, "--section", "state_dict_ema");
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(result.out().startsWith("a.pth (torch archive, section 'state_dict_ema'): 1 tensors"), result.out());
        assertTrue(mige("weights", file).out().contains("  state_dict_ema: EMA weights, read with --section"));
        CliResult unknown = mige("weights", file, "--section", "ema");
        assertEquals(2, unknown.exitCode());
        assertEquals(
                "mige: a.pth: has no section 'ema'; it has section 'model', section 'state_dict_ema'.",
                unknown.firstErrorLine());
    }

    @Test
    void weightsOfADamagedFilePrintsOneErrorLine() throws IOException {
        Path file = Files.write(folder.resolve("a.safetensors"), java.util.Arrays.copyOf(safetensors, 40));
        CliResult result = mige("weights", file);
        assertEquals(1, result.exitCode());
        assertEquals(1, result.err().lines().count(), result.err());
        assertEquals("", result.out());
    }

    @Test
    void weightsOfAMissingFile() {
        assertEquals(
                "mige: nowhere.pth: no such file",
                mige("weights", "nowhere.pth").firstErrorLine());
    }

    @Test
    void generatesWithARandomCheckpoint() {
        Path model = folder.resolve("tiny");
        assertEquals(
                0,
                mige("dev", "random-checkpoint", "--size", "tiny", "-o", model, "-q")
                        .exitCode());
        CliResult result = mige("generate", "a tree", "--model", model, "-o", folder.resolve("out.png"));
        assertEquals(0, result.exitCode(), result.err());
        CliResult incomplete = mige(
                "generate",
                "a tree",
                "--model",
                Files.exists(model) ? deleteFile(model, "vae.safetensors") : model,
                "-o",
                folder.resolve("out.png"));
        assertEquals(1, incomplete.exitCode());
        assertEquals(1, incomplete.err().lines().count(), incomplete.err());
    }

    private static Path deleteFile(Path model, String file) {
        try {
            Files.delete(model.resolve(file));
            return model;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void convertRejectsAMissingFile() {
        assertEquals(
                "mige: nowhere.pth: no such file",
                mige("convert", "--checkpoint", "nowhere.pth", "--vae", folder, "-o", folder.resolve("m"))
                        .firstErrorLine());
    }

    @Test
    void convertNamesTheMissingTensor() throws IOException {
        Path file = Files.write(folder.resolve("a.safetensors"), safetensors);
        Path tokenizer = Files.write(folder.resolve("spiece.model"), new byte[1]);
        CliResult result = mige(
                "convert", "--checkpoint", file, "--vae", file, "--tokenizer", tokenizer, "-o", folder.resolve("m"));
        assertEquals(1, result.exitCode());
        assertTrue(result.firstErrorLine().contains("no tensor '"), result.firstErrorLine());
        assertEquals(1, result.err().lines().count(), result.err());
    }

    @Test
    void verifyRejectsAMissingFolder() {
        assertEquals(2, mige("verify", "--reference", folder.resolve("nowhere")).exitCode());
    }

    @Test
    void verifyRunsTheBundledGoldensByDefault() {
        CliResult result = mige("verify", "--filter", "ffm_small");
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(result.out().endsWith("1 passed, 0 failed\n"), result.out());
    }
}
