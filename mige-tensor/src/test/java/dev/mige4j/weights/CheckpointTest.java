package dev.mige4j.weights;

import static dev.mige4j.weights.WeightFiles.assertWeightsException;
import static dev.mige4j.weights.WeightFiles.floatTensor;
import static dev.mige4j.weights.WeightFiles.rawTensor;
import static dev.mige4j.weights.WeightFiles.torchFixture;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

    @TempDir
    Path folder;

    private Path write(String name, SafeTensors.TensorData... tensors) {
        Path path = folder.resolve(name);
        SafeTensors.write(path, Map.of(), List.of(tensors));
        return path;
    }

    @Test
    void loadsTensorsByFullKey() {
        Path path = write("a.safetensors", floatTensor("FFM.ln_q.weight", 1, 2), floatTensor("FFM.ln_q.bias", 3, 4));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            new LayerNorm(checkpoint.weights().at("FFM").at("ln_q"), 2, 1e-6);
            assertArrayEquals(
                    new float[] {3, 4},
                    checkpoint
                            .weights()
                            .at("FFM")
                            .at("ln_q")
                            .get("bias", Init.ZEROS, 2)
                            .toFloatArray());
            assertEquals(
                    List.of("FFM.ln_q.weight", "FFM.ln_q.bias"),
                    checkpoint.report().used());
            assertEquals(
                    "2 used, 0 remapped, 0 missing, 0 unexpected",
                    checkpoint.report().summary());
        }
    }

    @Test
    void freedTensorsAreLoadedAgainAndStayInTheReport() {
        Path path = write("a.safetensors", floatTensor("a", 1, 2), floatTensor("b", 3, 4));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            Tensor a = checkpoint.get("a", Init.ZEROS, 2), b = checkpoint.get("b", Init.ZEROS, 2);
            checkpoint.free("a"::equals);
            assertThrows(IllegalStateException.class, a::toFloatArray);
            assertArrayEquals(new float[] {3, 4}, b.toFloatArray());
            assertEquals(List.of("a", "b"), checkpoint.report().used());
            assertArrayEquals(
                    new float[] {1, 2}, checkpoint.get("a", Init.ZEROS, 2).toFloatArray());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void freedTensorsAreUnmappedEvenWhileANetworkRefersToThem() throws Exception {
        Path path = write("mapped.safetensors", floatTensor("a.weight", new float[100_000]));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            Tensor weight = checkpoint.get("a.weight", Init.ZEROS, 100_000);
            assertTrue(isMapped(path));
            checkpoint.free(key -> true);
            System.gc();
            for (int i = 0; i < 100 && isMapped(path); i++) Thread.sleep(50);
            assertFalse(isMapped(path));
            assertEquals("Tensor (freed)", weight.toString());
        }
    }

    private static boolean isMapped(Path path) throws IOException {
        return Files.readString(Path.of("/proc/self/maps")).contains(path.toString());
    }

    @Test
    void missingKeysThrowInsteadOfBeingInitialized() {
        Path path = write("model.safetensors", floatTensor("FFM.ln_q_1.bias", 1), floatTensor("FFM.mlp.weight", 1));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            var e = assertThrows(
                    WeightsException.class,
                    () -> checkpoint.weights().at("FFM").at("ln_out").get("bias", Init.ZEROS, 1));
            assertEquals(
                    "model.safetensors: no tensor 'FFM.ln_out.bias'; the nearest name is 'FFM.ln_q_1.bias'.",
                    e.getMessage());
        }
    }

    @Test
    void rejectsWrongShapeOrDtype() {
        Path path = write(
                "m.safetensors",
                floatTensor("a", 1, 2),
                rawTensor("ids", DType.I32, new long[] {1}, (byte) 1, (byte) 0, (byte) 0, (byte) 0));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            assertWeightsException(
                    "m.safetensors: tensor 'a' has the shape [2], expected [3]; "
                            + "the file belongs to a model of another configuration.",
                    () -> checkpoint.weights().get("a", Init.ZEROS, 3));
            assertWeightsException(
                    "m.safetensors: tensor 'ids' has the dtype I32, expected a floating-point type",
                    () -> checkpoint.weights().get("ids", Init.ZEROS, 1));
        }
    }

    @ParameterizedTest
    @EnumSource(Checkpoint.LoadDType.class)
    void loadsInTheRequestedDtype(Checkpoint.LoadDType loadDType) {
        for (String file : List.of("zip.pth", "legacy.pth")) {
            try (Checkpoint checkpoint = Checkpoint.open(loadDType, torchFixture(file))) {
                DType expected = loadDType == Checkpoint.LoadDType.BFLOAT16 ? DType.BF16 : DType.F32;
                assertEquals(
                        expected, checkpoint.get("f32", Init.ZEROS, 2, 3, 4).dtype());
                assertEquals(expected, checkpoint.get("f16", Init.ZEROS, 8).dtype());
                assertEquals(expected, checkpoint.get("f64", Init.ZEROS, 2, 3).dtype());
                assertEquals(
                        loadDType == Checkpoint.LoadDType.FLOAT32 ? DType.F32 : DType.BF16,
                        checkpoint.get("bf16", Init.ZEROS, 4, 6).dtype());
                float[]
                        transposed =
                                checkpoint.get("transposed", Init.ZEROS, 6, 4).toFloatArray(),
                        base = checkpoint.get("f32", Init.ZEROS, 2, 3, 4).toFloatArray();
                for (int r = 0; r < 6; r++)
                    for (int c = 0; c < 4; c++) assertEquals(base[c * 6 + r], transposed[r * 4 + c]);
                assertArrayEquals(
                        new float[] {6, 7, 8, 9, 10, 11},
                        checkpoint.get("second_half", Init.ZEROS, 2, 3).toFloatArray());
                assertEquals(2.5, checkpoint.get("scalar", Init.ZEROS).item());
            }
        }
    }

    @Test
    void remapsKeysAndShapesOfOtherReleases() {
        Path path = write(
                "vae.safetensors",
                floatTensor("mid_block.attentions.0.query.weight", new long[] {2, 2, 1, 1}, 1, 2, 3, 4),
                floatTensor("mid_block.attentions.0.proj_attn.bias", 5, 6),
                floatTensor("encoder.embed_tokens.weight", new long[] {1, 2}, 7, 8),
                floatTensor("encoder.final_layer_norm.weight", 9),
                floatTensor("x_embedder.proj.weight", new long[] {1, 1, 2, 2}, 1, 2, 3, 4),
                floatTensor("module.y", 1));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            Weights root = checkpoint.weights(),
                    attention = root.at("mid_block").at("attentions").at(0);
            assertArrayEquals(
                    new float[] {1, 2, 3, 4},
                    attention
                            .at("to_q")
                            .get("weight", Init.XAVIER_UNIFORM, 2, 2)
                            .toFloatArray());
            assertArrayEquals(
                    new float[] {5, 6},
                    attention.at("to_out").at(0).get("bias", Init.ZEROS, 2).toFloatArray());
            assertArrayEquals(
                    new float[] {7, 8},
                    root.at("t5_model")
                            .at("shared")
                            .get("weight", Init.ZEROS, 1, 2)
                            .toFloatArray());
            assertArrayEquals(
                    new float[] {9},
                    root.at("t5_model")
                            .at("encoder")
                            .at("final_layer_norm")
                            .get("weight", Init.ONES, 1)
                            .toFloatArray());
            assertArrayEquals(
                    new float[] {1, 2, 3, 4, 0, 0, 0, 0},
                    root.at("x_embedder")
                            .at("proj")
                            .get("weight", Init.XAVIER_UNIFORM, 1, 2, 2, 2)
                            .toFloatArray());
            assertEquals(1, root.get("y", Init.ONES, 1).item());
            LoadReport report = checkpoint.report();
            assertEquals(
                    "stored as 'mid_block.attentions.0.query.weight' (key of older diffusers versions), "
                            + "viewed as [2, 2], stored as [2, 2, 1, 1]",
                    report.remapped().get("mid_block.attentions.0.to_q.weight"));
            assertEquals(
                    "widened from 1 to 2 input channels with zeros",
                    report.remapped().get("x_embedder.proj.weight"));
            assertEquals("6 used, 6 remapped, 0 missing, 0 unexpected", report.summary());
        }
    }

    @Test
    void reportsUnexpectedKeysWithReasons() {
        Path path = write(
                "m.safetensors",
                floatTensor("Qformer.bert.encoder.layer.3.intermediate.dense.weight", 1),
                floatTensor("Qformer.bert.embeddings.position_ids", 1),
                floatTensor("t5_model.shared.weight", 1),
                floatTensor("t5_model.encoder.embed_tokens.weight", 1),
                floatTensor("visual_encoder.blocks.39.norm1.weight", 1),
                floatTensor("decoder.block.0.layer.0.layer_norm.weight", 1),
                floatTensor("surprise", 1));
        try (Checkpoint checkpoint = Checkpoint.open(path, torchFixture("zip.pth"))) {
            checkpoint.weights().at("t5_model").at("shared").get("weight", Init.ZEROS, 1);
            Map<String, String> unread = checkpoint.report().unexpected();
            assertEquals(
                    "feed-forward of the Q-Former's text branch, which is not used",
                    unread.get("Qformer.bert.encoder.layer.3.intermediate.dense.weight"));
            assertEquals("constant position ids", unread.get("Qformer.bert.embeddings.position_ids"));
            assertEquals("tied copy of the token embedding", unread.get("t5_model.encoder.embed_tokens.weight"));
            assertEquals(
                    "block 40 of the image encoder, whose features are taken after block 39",
                    unread.get("visual_encoder.blocks.39.norm1.weight"));
            assertEquals(
                    "T5 decoder; only the encoder is used", unread.get("decoder.block.0.layer.0.layer_norm.weight"));
            assertEquals("not used by this model", unread.get("surprise"));
            assertTrue(unread.get("optimizer").startsWith("optimizer state"));
        }
    }

    @Test
    void listsAllMissingKeysAtOnce() {
        ShapeRecorder shapes = new ShapeRecorder();
        new LayerNorm(shapes.weights().at("a"), 3, 1e-6);
        new LayerNorm(shapes.weights().at("b"), 2, 1e-6);
        Path path = write(
                "m.safetensors", floatTensor("a.weight", 1, 2), floatTensor("a.bias", 1, 2, 3), floatTensor("c", 0));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            LoadReport report = checkpoint.compare(shapes);
            assertEquals(List.of("a.bias"), report.used());
            assertEquals(
                    List.of("a.weight", "b.weight", "b.bias"),
                    List.copyOf(report.missing().keySet()));
            assertTrue(report.missing().get("a.weight").contains("has the shape [2], expected [3]"));
            assertEquals(Map.of("c", "not used by this model"), report.unexpected());
        }
    }

    @Test
    void loadsShardedCheckpoints() throws IOException {
        write("model-00001-of-00002.safetensors", floatTensor("a", 1));
        write("model-00002-of-00002.safetensors", floatTensor("b", 2));
        write("stray.safetensors", floatTensor("a", 3));
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(
                index,
                "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", "
                        + "\"b\": \"model-00002-of-00002.safetensors\"}}");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(1, checkpoint.get("a", Init.ZEROS, 1).item());
            assertEquals(2, checkpoint.get("b", Init.ZEROS, 1).item());
        }
        Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
        assertWeightsException(
                "refers to the shard 'model-00002-of-00002.safetensors', which does not exist",
                () -> Checkpoint.open(folder));
        Files.writeString(index, "{\"weight_map\": {\"a\": \"../../etc/passwd\"}}");
        assertWeightsException(
                "refers to the shard '../../etc/passwd', expected a file in the same folder",
                () -> Checkpoint.open(folder));
        Files.writeString(index, "{\"weight_map\"");
        assertWeightsException("is not an index of shards", () -> Checkpoint.open(folder));
        Files.delete(index);
        assertWeightsException("has 1 of the 2 files ...-of-00002", () -> Checkpoint.open(folder));
        write("model-00002-of-00002.safetensors", floatTensor("b", 2));
        assertWeightsException(
                "stray.safetensors: has a tensor 'a', but so does model-00001-of-00002.safetensors",
                () -> Checkpoint.open(folder));
    }

    @Test
    void prefersFullPrecisionFilesOfADiffusersFolder() throws IOException {
        write("diffusion_pytorch_model.safetensors", floatTensor("a", 1));
        write("diffusion_pytorch_model.fp16.safetensors", floatTensor("a", 2));
        Files.copy(torchFixture("bare.pth"), folder.resolve("diffusion_pytorch_model.bin"));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(1, checkpoint.get("a", Init.ZEROS, 1).item());
        }
        Files.delete(folder.resolve("diffusion_pytorch_model.safetensors"));
        Files.delete(folder.resolve("diffusion_pytorch_model.fp16.safetensors"));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(2.5, checkpoint.get("scalar", Init.ZEROS).item());
        }
        Files.delete(folder.resolve("diffusion_pytorch_model.bin"));
        assertWeightsException("has no weight files", () -> Checkpoint.open(folder));
    }

    @Test
    void tensorsOutliveTheScopeTheyWereLoadedIn() {
        Path path = write("m.safetensors", floatTensor("a", 1, 2));
        try (Checkpoint checkpoint = Checkpoint.open(Checkpoint.LoadDType.BFLOAT16, path)) {
            Scope.scoped(() -> {
                checkpoint.get("a", Init.ZEROS, 2);
            });
            assertArrayEquals(
                    new float[] {1, 2}, checkpoint.get("a", Init.ZEROS, 2).toFloatArray());
        }
    }

    @Test
    void closeFreesLoadedTensors() {
        Path path = write("m.safetensors", floatTensor("a", 1, 2));
        Tensor a;
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            a = checkpoint.get("a", Init.ZEROS, 2);
        }
        assertThrows(IllegalStateException.class, a::toFloatArray);
    }

    @ParameterizedTest
    @ValueSource(longs = {(5L << 30) + 8, (5L << 30) + 7})
    void mapsTensorsAtOffsetsBeyondTwoGigabytes(long offset) throws IOException {
        String header =
                "{\"far\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[" + offset + "," + (offset + 8) + "]}}";
        header += " ".repeat((8 - header.length() % 8) % 8);
        Path path = folder.resolve("far.safetensors");
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length())
                    .array());
            sparse.write(header.getBytes(StandardCharsets.UTF_8));
            sparse.seek(8 + header.length() + offset);
            sparse.write(new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40});
        }
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            assertArrayEquals(
                    new float[] {1, 2}, checkpoint.get("far", Init.ZEROS, 2).toFloatArray());
        }
    }

    @Test
    void mapsATensorLargerThanTwoGigabytes() throws IOException {
        long numel = (3L << 30) / 2;
        String header =
                "{\"big\":{\"dtype\":\"BF16\",\"shape\":[" + numel + "],\"data_offsets\":[0," + 2 * numel + "]}}";
        header += " ".repeat((8 - header.length() % 8) % 8);
        Path path = folder.resolve("big.safetensors");
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length())
                    .array());
            sparse.write(header.getBytes(StandardCharsets.UTF_8));
            sparse.seek(8 + header.length() + 2 * (numel - 1));
            sparse.write(new byte[] {(byte) 0x80, 0x3F});
        }
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            assertEquals(
                    1,
                    checkpoint
                            .get("big", Init.ZEROS, numel)
                            .narrow(0, numel - 1, 1)
                            .item());
        }
    }
}
