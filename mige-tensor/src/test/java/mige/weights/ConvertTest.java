package mige.weights;

import static mige.weights.SafeTensorsTest.floats;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import mige.tensor.DType;
import mige.tensor.UsageException;
import mige.tensor.WeightsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertTest {

    @TempDir Path folder;
    Path vae, t5, into;
    final Outline model = new Outline(), autoencoder = new Outline();

    @BeforeEach void lay() throws IOException {
        into = folder.resolve("made");
        vae = Files.createDirectories(folder.resolve("vae"));
        t5 = Files.createDirectories(folder.resolve("t5"));
        Files.writeString(t5.resolve("spiece.model"), "pieces");
        SafeTensors.write(vae.resolve("diffusion_pytorch_model.safetensors"), Map.of(), List.of(
                new SafeTensors.Item("mid_block.attentions.0.query.weight", DType.F32, new long[] {1, 1, 1, 1}, floats("", 5).numbers())));
        autoencoder.get("mid_block.attentions.0.to_q.weight", Birth.XAVIER, 1, 1);
        model.get("query_tokens", Birth.normal(1), 2);
        model.get("FFM.mlp.weight", Birth.ZERO, 1, 2);
        model.get("blocks.0.attn.qkv.weight", Birth.XAVIER, 3, 1);
        model.get("t5_model.shared.weight", Birth.normal(1), 2, 1);
    }

    private Path model(boolean withText) {
        Path path = folder.resolve("model.safetensors");
        List<SafeTensors.Item> items = new ArrayList<>(List.of(floats("query_tokens", 1.0001f, 2), new SafeTensors.Item("FFM.mlp.weight", DType.F32, new long[] {1, 2}, floats("", 3, 4).numbers()),
                new SafeTensors.Item("blocks.0.attn.qkv.weight", DType.F32, new long[] {3, 1}, floats("", 5, 6, 7).numbers()), floats("Qformer.cls.bias", 0)));
        if (withText) items.add(new SafeTensors.Item("t5_model.shared.weight", DType.F32, new long[] {2, 1}, floats("", 8, 9).numbers()));
        SafeTensors.write(path, Map.of(), items);
        return path;
    }

    private Convert.Wanted wanted() {
        return new Convert.Wanted(model, autoencoder, "{\"size\": 1}");
    }

    @Test void laysOutAModelFolder() throws IOException {
        List<String> told = new ArrayList<>();
        LoadReport report = Convert.convert(new Convert.Published(model(true), vae, t5, null), wanted(), Checkpoint.Keep.BFLOAT16, into, (what, done, of) -> told.add(what + " " + done + "/" + of));
        assertEquals("mid_block.attentions.0.to_q.weight 22/22", told.get(4));
        assertEquals(5, report.used().size());
        assertEquals(Set.of("Qformer.cls.bias"), report.unread().keySet());
        assertEquals(Set.of("mid_block.attentions.0.to_q.weight"), report.mended().keySet());
        assertEquals("pieces", Files.readString(into.resolve("spiece.model")));
        assertEquals("{\"size\": 1}", Files.readString(into.resolve("config.json")));
        assertEquals(Set.of("query_tokens", "FFM.mlp.weight"), names("encoder.safetensors"));
        assertEquals(Set.of("t5_model.shared.weight"), names("t5.safetensors"));
        assertEquals(Set.of("blocks.0.attn.qkv.weight"), names("denoiser.safetensors"));
        assertEquals(Set.of("mid_block.attentions.0.to_q.weight"), names("vae.safetensors"));
        try (Checkpoint made = Checkpoint.open(into)) {
            assertEquals(DType.BF16, made.get("query_tokens", Birth.ZERO, 2).type());
            assertArrayEquals(new float[] {1, 2}, made.get("query_tokens", Birth.ZERO, 2).floats());
            assertEquals(DType.F32, made.get("mid_block.attentions.0.to_q.weight", Birth.ZERO, 1, 1).type());
            assertTrue(made.compare(model).missing().isEmpty());
        }
    }

    private Set<String> names(String file) {
        try (TensorFile open = TensorFile.open(into.resolve(file))) {
            return Set.copyOf(open.entries().keySet());
        }
    }

    @Test void takesTheTextEncoderFromItsOwnFolderWhenTheModelHasNone() {
        SafeTensors.write(t5.resolve("model.safetensors"), Map.of(), List.of(new SafeTensors.Item("shared.weight", DType.F32, new long[] {2, 1}, floats("", 1, 2).numbers()), floats("lm_head.weight", 0)));
        LoadReport report = Convert.convert(new Convert.Published(model(false), vae, t5, null), wanted(), Checkpoint.Keep.AS_STORED, into, Transfer.SILENT);
        assertEquals("stored as 'shared.weight' (a T5 folder)", report.mended().get("t5_model.shared.weight"));
        assertEquals("T5's decoder; only its encoder is run", report.unread().get("lm_head.weight"));
        try (Checkpoint made = Checkpoint.open(into)) {
            assertArrayEquals(new float[] {1, 2}, made.get("t5_model.shared.weight", Birth.ZERO, 2, 1).floats());
            assertEquals(DType.F32, made.get("t5_model.shared.weight", Birth.ZERO, 2, 1).type());
        }
    }

    @Test void writesNothingWhenSomethingIsMissing() throws IOException {
        model.get("FFM.ln_out.bias", Birth.ZERO, 1);
        model.get("FFM.ln_out.weight", Birth.ONE, 1);
        var e = assertThrows(WeightsException.class, () -> Convert.convert(new Convert.Published(model(true), vae, t5, null), wanted(), Checkpoint.Keep.AS_STORED, into, Transfer.SILENT));
        assertTrue(e.getMessage().startsWith("model.safetensors: no tensor 'FFM.ln_out.bias'") && e.getMessage().endsWith("(and 1 more are missing or of another shape)"), e.getMessage());
        assertFalse(Files.exists(into));
        var t = assertThrows(UsageException.class, () -> Convert.convert(new Convert.Published(model(true), vae, null, null), wanted(), Checkpoint.Keep.AS_STORED, into, Transfer.SILENT));
        assertEquals("No tokenizer is given. Name the T5 folder that holds spiece.model.", t.getMessage());
    }

    @Test void writesARandomModelFolderThatLoadsWithoutAMissingKey() {
        model.get("FFM.big.weight", Birth.XAVIER, 300, 500);
        RandomCheckpoint.write(into, wanted(), "pieces".getBytes(java.nio.charset.StandardCharsets.UTF_8), 1, Transfer.SILENT);
        try (Checkpoint made = Checkpoint.open(into)) {
            assertTrue(made.compare(model).missing().isEmpty() && made.compare(autoencoder).missing().isEmpty());
            float[] big = made.get("FFM.big.weight", Birth.XAVIER, 300, 500).floats();
            double bound = Math.sqrt(6.0 / 500);
            for (float v : big) assertTrue(Math.abs(v) < 1.3 * bound);
            for (float v : made.get("FFM.mlp.weight", Birth.ZERO, 1, 2).floats()) assertTrue(v != 0 && Math.abs(v) < 0.2);
        }
        List<Inventory> inside = Inventory.of(into);
        assertEquals(4, inside.size());
        assertEquals("encoder.safetensors (safetensors): 3 tensors, 150,004 numbers, 300.0 kB; BF16 3", inside.get(1).summary());
        assertTrue(inside.get(1).lines().contains("  FFM.big.weight  BF16  [300, 500]   300.0 kB"), String.join("\n", inside.get(1).lines()));
    }

    @Test void keepsOptionalTensorsThatTheFileHas() {
        model.has("Qformer.cls.bias");
        model.has("pos_embed");
        LoadReport report = Convert.convert(new Convert.Published(model(true), vae, t5, null), wanted(), Checkpoint.Keep.AS_STORED, into, Transfer.SILENT);
        assertTrue(report.unread().isEmpty());
        assertEquals(Set.of("query_tokens", "FFM.mlp.weight", "Qformer.cls.bias"), names("encoder.safetensors"));
    }

    @Test void listsWhatATorchFileHolds() {
        Inventory inside = Inventory.of(TorchFileTest.fixture("zip.pth")).get(0);
        assertEquals("torch archive", inside.format());
        assertEquals(15, inside.tensors().size());
        assertTrue(inside.lines().stream().anyMatch(line -> line.startsWith("  optimizer: the optimizer's state")), String.join("\n", inside.lines()));
        assertTrue(inside.lines().contains("  epoch = 7"));
    }
}
