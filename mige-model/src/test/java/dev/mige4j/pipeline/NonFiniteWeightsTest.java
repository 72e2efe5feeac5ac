package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.WeightsException;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.RandomCheckpoint;
import dev.mige4j.weights.format.FloatConversion;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights with NaN or infinity, or so large that they overflow, give an error instead of a black image. */
class NonFiniteWeightsTest {

    private static final Task EDIT = InstructionEdit.of("make it night", MigeTest.ROOM);

    @TempDir
    Path folder;

    @BeforeEach
    void writeModel() {
        byte[] tokenizer = TokenizerBuilder.build(
                List.of("make it night"), ModelConfig.TINY.encoder().text().vocabularySize() - Tokenizer.EXTRA_IDS);
        RandomCheckpoint.write(
                folder, ModelNetworks.requiredTensors(ModelConfig.TINY), tokenizer, 5, ProgressListener.NONE);
    }

    /** Replaces all values of a tensor. */
    private void fill(String fileName, String key, float value) throws IOException {
        Path path = folder.resolve(fileName);
        TensorInfo info;
        try (TensorFile file = Checkpoint.openFile(path)) {
            info = file.tensorInfo(key);
        }
        ByteBuffer values = ByteBuffer.allocate((int) info.nbytes()).order(ByteOrder.LITTLE_ENDIAN);
        while (values.hasRemaining()) {
            if (info.dtype() == DType.F32) values.putFloat(value);
            else values.putShort(FloatConversion.floatToBfloat16(value));
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(values.flip(), info.offset());
        }
    }

    private String failure() {
        try (Mige mige = Mige.open(folder)) {
            return assertThrows(
                            WeightsException.class,
                            () -> mige.generate(
                                    EDIT, Settings.DEFAULT, GenerationListener.of((item, done, total) -> true)))
                    .getMessage();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "vae.safetensors,      encoder.conv_in.weight,                   NaN,      latent of the source image",
        "vae.safetensors,      encoder.conv_in.weight,                   Infinity, latent of the source image",
        "t5.safetensors,       t5_model.encoder.final_layer_norm.weight, NaN,      encoded instruction",
        "encoder.safetensors,  t5_proj.weight,                           Infinity, encoded instruction",
        "denoiser.safetensors, blocks.0.attn.qkv.weight,                 NaN,      denoised latent",
        "denoiser.safetensors, final_layer.linear.bias,                  Infinity, denoised latent",
        "vae.safetensors,      decoder.conv_out.bias,                    -Infinity, decoded image"
    })
    void theMessageNamesTheStageAndTheTensor(String file, String key, float value, String stage) throws IOException {
        fill(file, key, value);
        assertEquals(
                "The " + stage + " contains NaN or infinity: tensor '" + key + "' in " + file
                        + " does, too; the file is damaged or its training failed. Download, convert or train the model"
                        + " again.",
                failure());
    }

    @Test
    void clippingDoesNotHideInfinity() throws IOException {
        Path config = folder.resolve(ModelConfig.FILE_NAME);
        String clipped = Files.readString(config).replaceAll("\"clipSampleRange\" : 0.0", "\"clipSampleRange\" : 5.0");
        Files.writeString(config, clipped);
        assertEquals(5, ModelConfig.read(folder).defaults().clipSampleRange());
        fill("denoiser.safetensors", "final_layer.linear.bias", Float.POSITIVE_INFINITY);
        assertTrue(
                failure().startsWith("The denoised latent contains NaN or infinity: tensor 'final_layer.linear.bias'"));
    }

    @Test
    void weightsThatOverflowAreAnErrorToo() throws IOException {
        fill("vae.safetensors", "encoder.conv_in.weight", 3e38f);
        assertEquals(
                "The latent of the source image contains NaN or infinity: the weights do not, but are too large; they"
                        + " are damaged or their training failed. Download, convert or train the model again.",
                failure());
    }

    @Test
    void aPreviewOfNaNIsAnImage() throws IOException {
        fill("denoiser.safetensors", "blocks.0.attn.qkv.weight", Float.NaN);
        int[] previews = {0};
        try (Mige mige = Mige.open(folder)) {
            assertThrows(
                    WeightsException.class,
                    () -> mige.generate(EDIT, Settings.DEFAULT.withSteps(200), (GenerationListener) progress -> {
                        progress.preview().get().ifPresent(image -> previews[0] += image.width());
                        return true;
                    }));
        }
        assertTrue(previews[0] > 0, "no preview");
    }
}
