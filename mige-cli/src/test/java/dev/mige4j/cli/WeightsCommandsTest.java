package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelFingerprint;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.conversion.TorchArchive;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import dev.mige4j.weights.hub.LocalHub;
import dev.mige4j.weights.lora.LoraConfig;
import dev.mige4j.weights.lora.LoraFile;
import dev.mige4j.weights.lora.LoraMetadata;
import dev.mige4j.weights.torch.TorchFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        assertEquals(2, result.exitCode());
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
                folder.resolve("incomplete.png"));
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
    void downloadsAndConvertsThePublishedModel() throws IOException {
        Path tiny = folder.resolve("tiny"), model = folder.resolve("model"), downloads = folder.resolve("downloads");
        assertEquals(
                0,
                mige("dev", "random-checkpoint", "--size", "tiny", "-o", tiny, "-q")
                        .exitCode());
        LocalHub.Content checkpoint = torchArchive(tiny);
        byte[] vae = Files.readAllBytes(tiny.resolve("vae.safetensors")),
                tokenizer = Files.readAllBytes(tiny.resolve("spiece.model"));
        try (LocalHub hub = new LocalHub()) {
            hub.put("EurekaTian/MIGE", "model.pth", checkpoint)
                    .put("EurekaTian/MIGE", "sd-vae-ft-ema/diffusion_pytorch_model.safetensors", vae)
                    .put("EurekaTian/MIGE", "t5-v1_1-xxl/spiece.model", tokenizer);
            String[] command = {
                "download",
                "published",
                "--hub",
                hub.url().toString(),
                "--config",
                tiny.toString(),
                "-o",
                model.toString()
            };
            CliResult result = mige((Object[]) command);
            assertEquals(0, result.exitCode(), result.err());
            assertTrue(result.out().startsWith("Licence: " + hub.url() + "/EurekaTian/MIGE\n"), result.out());
            assertTrue(
                    result.out().endsWith("  mige edit photo.jpg \"make it night\" --model " + model + "\n"),
                    result.out());
            int requests = hub.requests().size();
            assertTrue(mige((Object[]) command).out().startsWith(model + " is ready."));
            assertEquals(requests, hub.requests().size());
            Path own = Files.createDirectories(folder.resolve("mine")).resolve(ModelFolder.DENOISER);
            Files.writeString(own, "mine");
            command[command.length - 1] = own.getParent().toString();
            CliResult refused = mige((Object[]) command);
            assertEquals(2, refused.exitCode());
            assertTrue(refused.err().contains("contains another model, or a part of one"), refused.err());
            assertEquals("mine", Files.readString(own));
            Path shared = folder.resolve("shared");
            command[command.length - 1] = shared.toString();
            hub.answer("model.pth", 1, (exchange, regular) -> {
                for (String name : ModelFolder.FILES) Files.copy(model.resolve(name), shared.resolve(name));
                regular.send(true, Long.MAX_VALUE, 0);
            });
            CliResult second = mige((Object[]) command);
            assertEquals(0, second.exitCode(), second.err());
            assertTrue(second.out().contains(shared + " is ready."), second.out());
            CliResult mirrored = mige(
                    "download",
                    "published",
                    "--from",
                    hub.mirrorUrl("EurekaTian/MIGE"),
                    "--config",
                    tiny,
                    "-o",
                    folder.resolve("mirrored"));
            assertEquals(0, mirrored.exitCode(), mirrored.err());
        }
        Files.createDirectories(downloads.resolve("sd-vae-ft-ema"));
        Files.createDirectories(downloads.resolve("t5-v1_1-xxl"));
        try (InputStream content = checkpoint.open()) {
            Files.copy(content, downloads.resolve("model.pth"));
        }
        Files.write(downloads.resolve("sd-vae-ft-ema/diffusion_pytorch_model.safetensors"), vae);
        Files.write(downloads.resolve("t5-v1_1-xxl/spiece.model"), tokenizer);
        CliResult converted = mige("convert", downloads, "--config", tiny, "-o", folder.resolve("converted"));
        assertEquals(0, converted.exitCode(), converted.err());
        for (String name : ModelFolder.FILES) {
            byte[] expected = Files.readAllBytes(model.resolve(name));
            assertArrayEquals(
                    expected, Files.readAllBytes(folder.resolve("converted").resolve(name)), name);
            assertArrayEquals(
                    expected, Files.readAllBytes(folder.resolve("mirrored").resolve(name)), name);
        }
        CliResult again = mige("convert", downloads, "--config", tiny, "-o", folder.resolve("converted"));
        assertEquals(2, again.exitCode());
        assertTrue(again.err().contains("contains another model, or a part of one"), again.err());
        CliResult generated =
                mige("generate", "a tree", "--steps", "2", "--model", model, "-o", folder.resolve("out.png"));
        assertEquals(0, generated.exitCode(), generated.err());
    }

    /** The weights of a model folder, but for the autoencoder, as {@code torch.save} writes them. */
    private static LocalHub.Content torchArchive(Path model) throws IOException {
        TorchArchive archive = new TorchArchive();
        for (String name : List.of(ModelFolder.ENCODER, ModelFolder.T5, ModelFolder.DENOISER)) {
            try (TensorFile file = Checkpoint.openFile(model.resolve(name))) {
                for (TensorInfo info : file.tensorInfos().values()) {
                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    file.copyTo(info, info.dtype(), Channels.newChannel(bytes));
                    archive.add("", info.name(), info.dtype(), info.shape(), bytes.toByteArray());
                }
            }
        }
        return archive.content();
    }

    @Test
    void downloadTakesTheOptionsOfEachKindOnly() {
        assertEquals(
                "mige: --checkpoint is an option for 'mige download published'",
                mige("download", "me/model", "--checkpoint", "a.pth", "-o", folder.resolve("got"))
                        .firstErrorLine());
        assertEquals(
                "mige: --include is an option for other repositories",
                mige("download", "published", "--include", "*.pth", "-o", folder.resolve("got"))
                        .firstErrorLine());
        Path other = folder.resolve("other");
        assertEquals(
                0,
                mige("dev", "random-checkpoint", "--size", "tiny", "-o", other, "-q")
                        .exitCode());
        assertTrue(mige("download", "published", "-o", other).firstErrorLine().contains("contains another model"));
    }

    @Test
    void convertMergesLorasIntoACopyOfAModelFolder() {
        Path model = folder.resolve("tiny"),
                merged = folder.resolve("merged"),
                file = folder.resolve("mug.safetensors");
        assertEquals(
                0,
                mige("dev", "random-checkpoint", "--size", "tiny", "-o", model, "-q")
                        .exitCode());
        LoraConfig config = new LoraConfig(2, 2, null);
        LoraFile.write(
                file,
                new LoraMetadata(config, ModelFingerprint.of(model), ""),
                config.init(ModelNetworks.linearLayers(ModelConfig.TINY), 1));
        CliResult result = mige("convert", model, "--merge", file + ":0.5", "-o", merged);
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(result.out().contains("merged  mug: 22 layers, scale 0.5"), result.out());
        assertEquals(ModelConfig.TINY, ModelConfig.read(merged));
        CliResult again = mige("convert", model, "--merge", file, "-o", merged);
        assertEquals(2, again.exitCode());
        assertTrue(again.firstErrorLine().contains("has files; choose a new folder"), again.err());
        assertEquals(
                "mige: --dtype is for published files, but --merge copies a model folder as it is; convert first, then"
                        + " merge",
                mige("convert", model, "--merge", file, "--dtype", "f32", "-o", folder.resolve("x"))
                        .firstErrorLine());
        assertEquals(
                2,
                mige("convert", merged, "--merge", file, "-o", folder.resolve("x"))
                        .exitCode());
    }

    @Test
    void convertQuantizesAModelFolder() {
        Path model = folder.resolve("tiny"), int8 = folder.resolve("int8");
        assertEquals(
                0,
                mige("dev", "random-checkpoint", "--size", "tiny", "-o", model, "-q")
                        .exitCode());
        CliResult result = mige("convert", model, "--quantize", "t5-int8,denoiser-int8", "-o", int8);
        assertEquals(0, result.exitCode(), result.err());
        assertFalse(result.out().contains("unexpected  "), result.out());
        assertEquals(ModelFingerprint.of(model), ModelFingerprint.of(int8));

        CliResult itself = mige("convert", model, "--quantize", "t5-int8", "-o", model);
        assertEquals(2, itself.exitCode());
        assertEquals(
                "mige: " + model + " is the folder that is converted; choose another with -o", itself.firstErrorLine());
    }

    @Test
    void convertSaysWhatAFolderLacks() throws IOException {
        Path downloads = Files.createDirectories(folder.resolve("downloads"));
        CliResult empty = mige("convert", downloads, "-o", folder.resolve("m"));
        assertEquals(
                "mige: " + downloads + ": has no file that may be model.pth. Download it, too, or name it with"
                        + " --checkpoint FILE.",
                empty.firstErrorLine());
        assertEquals(2, mige("convert", "-o", folder.resolve("m")).exitCode());
    }

    @Test
    void aFileThatIsNoInputIsAUsageErrorOfEveryCommand() throws IOException {
        Path text = Files.writeString(folder.resolve("README.md"), "# Read me");
        for (String command : List.of("weights", "recipe", "batch"))
            assertEquals(2, mige(command, text).exitCode(), command);
        assertEquals(2, mige("edit", text, "make it night").exitCode());
        assertEquals(
                2,
                mige("convert", "--checkpoint", text, "--vae", text, "--tokenizer", text, "-o", folder.resolve("m"))
                        .exitCode());
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
        assertEquals(2, result.exitCode());
        assertTrue(result.firstErrorLine().contains("no tensor '"), result.firstErrorLine());
        assertEquals(1, result.err().lines().count(), result.err());
        assertFalse(Files.exists(folder.resolve("m")));
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
