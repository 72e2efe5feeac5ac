package mige.weights;

import static mige.weights.SafeTensorsTest.bytes;
import static mige.weights.SafeTensorsTest.floats;
import static mige.weights.TorchFileTest.assertMessage;
import static mige.weights.TorchFileTest.fixture;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;
import mige.tensor.nn.LayerNorm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

    @TempDir Path folder;

    private Path write(String name, SafeTensors.Item... items) {
        Path path = folder.resolve(name);
        SafeTensors.write(path, Map.of(), List.of(items));
        return path;
    }

    private static SafeTensors.Item shaped(String name, long[] shape, float... values) {
        return new SafeTensors.Item(name, DType.F32, shape, floats(name, values).numbers());
    }

    @Test void handsOutWhatStandsUnderTheFullKey() {
        Path path = write("a.safetensors", floats("FFM.ln_q.weight", 1, 2), floats("FFM.ln_q.bias", 3, 4));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            new LayerNorm(checkpoint.weights().at("FFM").at("ln_q"), 2, 1e-6);
            assertArrayEquals(new float[] {3, 4}, checkpoint.weights().at("FFM").at("ln_q").get("bias", Birth.ZERO, 2).floats());
            assertEquals(List.of("FFM.ln_q.weight", "FFM.ln_q.bias"), checkpoint.report().used());
            assertEquals("2 used, 0 mended, 0 missing, 0 unread", checkpoint.report().summary());
        }
    }

    @Test void namesTheNearestKeyAndNeverFallsBackToBirth() {
        Path path = write("model.safetensors", floats("FFM.ln_q_1.bias", 1), floats("FFM.mlp.weight", 1));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            var e = assertThrows(WeightsException.class, () -> checkpoint.weights().at("FFM").at("ln_out").get("bias", Birth.ZERO, 1));
            assertEquals("model.safetensors: no tensor 'FFM.ln_out.bias'; the nearest name is 'FFM.ln_q_1.bias'. Run `mige weights FILE`.", e.getMessage());
        }
    }

    @Test void refusesAnotherShapeAndAnotherKindOfNumber() {
        Path path = write("m.safetensors", floats("a", 1, 2), bytes("ids", DType.I32, new long[] {1}, (byte) 1, (byte) 0, (byte) 0, (byte) 0));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            assertMessage("m.safetensors: tensor 'a' has the shape [2], expected [3]; the file belongs to a model of another size.",
                    () -> checkpoint.weights().get("a", Birth.ZERO, 3));
            assertMessage("m.safetensors: tensor 'ids' holds I32 numbers, expected floating-point ones", () -> checkpoint.weights().get("ids", Birth.ZERO, 1));
        }
    }

    @ParameterizedTest @EnumSource(Checkpoint.Keep.class) void keepsTheTypeThatIsAskedFor(Checkpoint.Keep keep) {
        for (String file : List.of("zip.pth", "legacy.pth")) {
            try (Checkpoint checkpoint = Checkpoint.open(keep, fixture(file))) {
                DType wide = keep == Checkpoint.Keep.BFLOAT16 ? DType.BF16 : DType.F32;
                assertEquals(wide, checkpoint.get("f32", Birth.ZERO, 2, 3, 4).type());
                assertEquals(wide, checkpoint.get("f16", Birth.ZERO, 8).type());
                assertEquals(wide, checkpoint.get("f64", Birth.ZERO, 2, 3).type());
                assertEquals(keep == Checkpoint.Keep.FLOAT32 ? DType.F32 : DType.BF16, checkpoint.get("bf16", Birth.ZERO, 4, 6).type());
                float[] turned = checkpoint.get("transposed", Birth.ZERO, 6, 4).floats(), base = checkpoint.get("f32", Birth.ZERO, 2, 3, 4).floats();
                for (int r = 0; r < 6; r++) for (int c = 0; c < 4; c++) assertEquals(base[c * 6 + r], turned[r * 4 + c]);
                assertArrayEquals(new float[] {6, 7, 8, 9, 10, 11}, checkpoint.get("second_half", Birth.ZERO, 2, 3).floats());
                assertEquals(2.5, checkpoint.get("scalar", Birth.ZERO).item());
            }
        }
    }

    @Test void mendsTheNamesAndShapesOfOtherReleases() {
        Path path = write("vae.safetensors", shaped("mid_block.attentions.0.query.weight", new long[] {2, 2, 1, 1}, 1, 2, 3, 4),
                floats("mid_block.attentions.0.proj_attn.bias", 5, 6), shaped("encoder.embed_tokens.weight", new long[] {1, 2}, 7, 8),
                floats("encoder.final_layer_norm.weight", 9), shaped("x_embedder.proj.weight", new long[] {1, 1, 2, 2}, 1, 2, 3, 4), floats("module.y", 1));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            Weights root = checkpoint.weights(), attention = root.at("mid_block").at("attentions").at(0);
            assertArrayEquals(new float[] {1, 2, 3, 4}, attention.at("to_q").get("weight", Birth.XAVIER, 2, 2).floats());
            assertArrayEquals(new float[] {5, 6}, attention.at("to_out").at(0).get("bias", Birth.ZERO, 2).floats());
            assertArrayEquals(new float[] {7, 8}, root.at("t5_model").at("shared").get("weight", Birth.ZERO, 1, 2).floats());
            assertArrayEquals(new float[] {9}, root.at("t5_model").at("encoder").at("final_layer_norm").get("weight", Birth.ONE, 1).floats());
            assertArrayEquals(new float[] {1, 2, 3, 4, 0, 0, 0, 0}, root.at("x_embedder").at("proj").get("weight", Birth.XAVIER, 1, 2, 2, 2).floats());
            assertEquals(1, root.get("y", Birth.ONE, 1).item());
            LoadReport report = checkpoint.report();
            assertEquals("stored as 'mid_block.attentions.0.query.weight' (autoencoders of the older generation), viewed as [2, 2], stored as [2, 2, 1, 1]",
                    report.mended().get("mid_block.attentions.0.to_q.weight"));
            assertEquals("widened from 1 to 2 input channels with zeros", report.mended().get("x_embedder.proj.weight"));
            assertEquals("6 used, 6 mended, 0 missing, 0 unread", report.summary());
        }
    }

    @Test void tellsWhatNobodyReadAndWhy() {
        Path path = write("m.safetensors", floats("Qformer.bert.encoder.layer.3.intermediate.dense.weight", 1), floats("Qformer.bert.embeddings.position_ids", 1),
                floats("t5_model.shared.weight", 1), floats("t5_model.encoder.embed_tokens.weight", 1), floats("visual_encoder.blocks.39.norm1.weight", 1),
                floats("decoder.block.0.layer.0.layer_norm.weight", 1), floats("surprise", 1));
        try (Checkpoint checkpoint = Checkpoint.open(path, fixture("zip.pth"))) {
            checkpoint.weights().at("t5_model").at("shared").get("weight", Birth.ZERO, 1);
            Map<String, String> unread = checkpoint.report().unread();
            assertEquals("the Q-Former's feed-forward for text; only its queries are run", unread.get("Qformer.bert.encoder.layer.3.intermediate.dense.weight"));
            assertEquals("the numbers 0, 1, 2, ..., which are not read", unread.get("Qformer.bert.embeddings.position_ids"));
            assertEquals("the tied copy of the token table", unread.get("t5_model.encoder.embed_tokens.weight"));
            assertEquals("the image encoder's 40th block; its features are taken after the 39th", unread.get("visual_encoder.blocks.39.norm1.weight"));
            assertEquals("T5's decoder; only its encoder is run", unread.get("decoder.block.0.layer.0.layer_norm.weight"));
            assertEquals("not asked for by this model", unread.get("surprise"));
            assertTrue(unread.get("optimizer").startsWith("the optimizer's state"));
        }
    }

    @Test void listsAllThatIsMissingAtOnce() {
        Outline outline = new Outline();
        new LayerNorm(outline.weights().at("a"), 3, 1e-6);
        new LayerNorm(outline.weights().at("b"), 2, 1e-6);
        Path path = write("m.safetensors", floats("a.weight", 1, 2), floats("a.bias", 1, 2, 3), floats("c", 0));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            LoadReport report = checkpoint.compare(outline);
            assertEquals(List.of("a.bias"), report.used());
            assertEquals(List.of("a.weight", "b.weight", "b.bias"), List.copyOf(report.missing().keySet()));
            assertTrue(report.missing().get("a.weight").contains("has the shape [2], expected [3]"));
            assertEquals(Map.of("c", "not asked for by this model"), report.unread());
        }
    }

    @Test void readsAFolderOfShards() throws IOException {
        write("model-00001-of-00002.safetensors", floats("a", 1));
        write("model-00002-of-00002.safetensors", floats("b", 2));
        write("stray.safetensors", floats("a", 3));
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"b\": \"model-00002-of-00002.safetensors\"}}");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(1, checkpoint.get("a", Birth.ZERO, 1).item());
            assertEquals(2, checkpoint.get("b", Birth.ZERO, 1).item());
        }
        Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
        assertMessage("names the shard 'model-00002-of-00002.safetensors', which is not there", () -> Checkpoint.open(folder));
        Files.writeString(index, "{\"weight_map\": {\"a\": \"../../etc/passwd\"}}");
        assertMessage("names the shard '../../etc/passwd', expected a file beside it", () -> Checkpoint.open(folder));
        Files.writeString(index, "{\"weight_map\"");
        assertMessage("is no index of shards", () -> Checkpoint.open(folder));
        Files.delete(index);
        assertMessage("stray.safetensors: holds a tensor 'a', but so does model-00001-of-00002.safetensors", () -> Checkpoint.open(folder));
    }

    @Test void prefersThePlainFilesOfADiffusersFolder() throws IOException {
        write("diffusion_pytorch_model.safetensors", floats("a", 1));
        write("diffusion_pytorch_model.fp16.safetensors", floats("a", 2));
        Files.copy(fixture("bare.pth"), folder.resolve("diffusion_pytorch_model.bin"));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(1, checkpoint.get("a", Birth.ZERO, 1).item());
        }
        Files.delete(folder.resolve("diffusion_pytorch_model.safetensors"));
        Files.delete(folder.resolve("diffusion_pytorch_model.fp16.safetensors"));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(2.5, checkpoint.get("scalar", Birth.ZERO).item());
        }
        Files.delete(folder.resolve("diffusion_pytorch_model.bin"));
        assertMessage("has no file of weights", () -> Checkpoint.open(folder));
    }

    @Test void outlivesTheScopeItWasReadIn() {
        Path path = write("m.safetensors", floats("a", 1, 2));
        try (Checkpoint checkpoint = Checkpoint.open(Checkpoint.Keep.BFLOAT16, path)) {
            Scope.scoped(() -> { checkpoint.get("a", Birth.ZERO, 2); });
            assertArrayEquals(new float[] {1, 2}, checkpoint.get("a", Birth.ZERO, 2).floats());
        }
    }

    @Test void freesWhatItHandedOutWhenItIsClosed() {
        Path path = write("m.safetensors", floats("a", 1, 2));
        Tensor a;
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            a = checkpoint.get("a", Birth.ZERO, 2);
        }
        assertThrows(IllegalStateException.class, a::floats);
    }

    @ParameterizedTest @ValueSource(longs = {(5L << 30) + 8, (5L << 30) + 7}) void mapsTensorsFarBehindTwoGigabytes(long far) throws IOException {
        String header = "{\"far\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[" + far + "," + (far + 8) + "]}}";
        header += " ".repeat((8 - header.length() % 8) % 8);
        Path path = folder.resolve("far.safetensors");
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length()).array());
            sparse.write(header.getBytes(StandardCharsets.UTF_8));
            sparse.seek(8 + header.length() + far);
            sparse.write(new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40});
        }
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            assertArrayEquals(new float[] {1, 2}, checkpoint.get("far", Birth.ZERO, 2).floats());
        }
    }

    @Test void mapsATensorOfMoreThanTwoGigabytes() throws IOException {
        long count = (3L << 30) / 2;
        String header = "{\"big\":{\"dtype\":\"BF16\",\"shape\":[" + count + "],\"data_offsets\":[0," + 2 * count + "]}}";
        header += " ".repeat((8 - header.length() % 8) % 8);
        Path path = folder.resolve("big.safetensors");
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length()).array());
            sparse.write(header.getBytes(StandardCharsets.UTF_8));
            sparse.seek(8 + header.length() + 2 * (count - 1));
            sparse.write(new byte[] {(byte) 0x80, 0x3F});
        }
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            assertEquals(1, checkpoint.get("big", Birth.ZERO, count).narrow(0, count - 1, 1).item());
        }
    }
}
