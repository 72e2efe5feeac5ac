package dev.mige4j.weights.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.Json;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.ShapeRecorder.LinearSpec;
import dev.mige4j.weights.format.SafeTensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoraFileTest {

    private static final Map<String, LinearSpec> LAYERS = layers();

    @TempDir
    Path folder;

    private static Map<String, LinearSpec> layers() {
        Map<String, LinearSpec> layers = new LinkedHashMap<>();
        layers.put("blocks.2.attn.qkv", new LinearSpec(8, 24));
        layers.put("blocks.10.attn.qkv", new LinearSpec(8, 24));
        layers.put("blocks.10.mlp.fc1", new LinearSpec(8, 32));
        layers.put("visual_encoder.blocks.0.mlp.fc1", new LinearSpec(8, 32));
        return layers;
    }

    private Path write(Map<String, Tensor> tensors, Map<String, String> metadata, String name) {
        SafeTensors.write(folder.resolve(name), metadata, tensors);
        return folder.resolve(name);
    }

    private static Map<String, Tensor> pair(String prefix) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(prefix + ".lora_A.weight", new Rng(1, 1).normal(4, 8));
        tensors.put(prefix + ".lora_B.weight", new Rng(1, 2).normal(24, 4));
        return tensors;
    }

    @Test
    void readsWhatItWrites() throws Exception {
        LoraConfig config = new LoraConfig(4, 8, List.of("attn.qkv", "mlp.fc1"));
        Map<String, LoraAdapter> adapters = config.init(LAYERS, 1);
        Path path = folder.resolve("my-mug.safetensors");
        LoraFile.write(path, new LoraMetadata(config, "0123456789abcdef", "blue mug"), adapters);
        LoraFile file = LoraFile.read(path);
        assertEquals("my-mug", file.name());
        assertEquals("0123456789abcdef", file.metadata().baseModel());
        assertEquals("blue mug", file.metadata().trigger());
        assertEquals("mige4j", file.metadata().madeBy());
        assertEquals(4, file.metadata().config().rank());
        assertEquals(8, file.metadata().config().alpha());
        assertEquals(
                List.of("blocks.2.attn.qkv", "blocks.10.attn.qkv", "blocks.10.mlp.fc1"),
                List.copyOf(file.modules().keySet()));
        assertEquals(new LoraFile.AdapterSize(4, 8, 24, 2), file.modules().get("blocks.2.attn.qkv"));
        assertEquals(4 * (32 + 32 + 40), file.parameterCount());
        assertEquals(config.parameterCount(LAYERS), file.parameterCount());
        assertEquals(Sha256.hex(path), file.sha256());
        Map<String, LoraAdapter> read = file.adapters(DType.F32);
        adapters.forEach((module, adapter) -> {
            assertArrayEquals(adapter.a().toFloatArray(), read.get(module).a().toFloatArray());
            assertArrayEquals(adapter.b().toFloatArray(), read.get(module).b().toFloatArray());
            assertEquals(2, read.get(module).scale());
        });
        assertEquals(
                DType.BF16,
                file.adapters(DType.BF16).get("blocks.10.mlp.fc1").a().dtype());
        try (SafeTensors raw = SafeTensors.open(path)) {
            assertTrue(raw.tensorInfos().containsKey("transformer.blocks.10.mlp.fc1.lora_B.weight"));
            var json = Json.MAPPER.readTree(raw.metadata().get("lora_adapter_metadata"));
            assertEquals(4, json.get("transformer.r").asInt());
            assertEquals(8, json.get("transformer.lora_alpha").asDouble());
            assertEquals("pt", raw.metadata().get("format"));
        }
    }

    @Test
    void readsTheFolderOfPeftWithItsConfig() {
        Path peft = folder.resolve("style");
        Map<String, Tensor> tensors = pair("base_model.model.blocks.2.attn.qkv");
        tensors.putAll(pair("base_model.model.blocks.10.attn.qkv"));
        write(tensors, Map.of(), "style/adapter_model.safetensors");
        write(
                "style",
                "{\"r\": 4, \"lora_alpha\": 8, \"alpha_pattern\": {\"10.attn.qkv\": 2}, \"target_modules\":"
                        + " [\"attn.qkv\"], \"peft_version\": \"0.17.0\"}");
        LoraFile file = LoraFile.read(peft);
        assertEquals("style", file.name());
        assertEquals(2, file.modules().get("blocks.2.attn.qkv").scale());
        assertEquals(0.5, file.modules().get("blocks.10.attn.qkv").scale());
        assertEquals(List.of("attn.qkv"), file.metadata().config().targets());
        assertEquals("", file.metadata().baseModel());
        write("style", "{\"r\": 4, \"lora_alpha\": 8, \"use_rslora\": true}");
        assertEquals(4, LoraFile.read(peft).modules().get("blocks.2.attn.qkv").scale());
        write("style", "{\"use_dora\": true}");
        assertEquals(
                "adapter_model.safetensors: is a LoRA with use_dora or lora_bias, which cannot be read.",
                refusal(peft));
    }

    private void write(String peftFolder, String config) {
        try {
            Files.writeString(folder.resolve(peftFolder).resolve("adapter_config.json"), config);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theTensorAlphaCountsMoreThanTheMetadataAndNoneIsTheRank() {
        Map<String, Tensor> tensors = pair("transformer.blocks.2.attn.qkv");
        assertEquals(
                1,
                LoraFile.read(write(tensors, Map.of(), "a.safetensors"))
                        .modules()
                        .get("blocks.2.attn.qkv")
                        .scale());
        tensors.put("transformer.blocks.2.attn.qkv.alpha", Tensor.of(new float[] {6}));
        Map<String, String> metadata = Map.of("lora_adapter_metadata", "{\"transformer.lora_alpha\": 100}");
        assertEquals(
                1.5,
                LoraFile.read(write(tensors, metadata, "b.safetensors"))
                        .modules()
                        .get("blocks.2.attn.qkv")
                        .scale());
    }

    private static String refusal(Path file) {
        return assertThrows(WeightsException.class, () -> LoraFile.read(file)).getMessage();
    }

    @Test
    void refusesOtherFilesWithOneSentence() {
        assertTrue(refusal(write(Map.of("blocks.0.weight", Tensor.ones(2)), Map.of(), "model.safetensors"))
                .startsWith("model.safetensors: has a tensor 'blocks.0.weight', expected MODULE.lora_A.weight"));
        assertTrue(refusal(write(Map.of(), Map.of(), "empty.safetensors")).contains("has no tensor of a LoRA"));
        Map<String, Tensor> tensors = pair("x");
        tensors.remove("x.lora_B.weight");
        assertEquals(
                "half.safetensors: has lora_A but no lora_B for 'x'.",
                refusal(write(tensors, Map.of(), "half.safetensors")));
        tensors.put("x.lora_B.weight", Tensor.ones(24, 5));
        assertEquals(
                "ranks.safetensors: the LoRA for 'x' has A [4, 8] and B [24, 5], expected [r, in] and [out, r] with a"
                        + " rank of at most 4096.",
                refusal(write(tensors, Map.of(), "ranks.safetensors")));
        assertTrue(refusal(folder.resolve("none.safetensors")).endsWith("there is no such file."));
        Map<String, String> pattern =
                Map.of("lora_adapter_metadata", "{\"transformer.alpha_pattern\": {\"(x+x+)+y\": 2}}");
        assertTrue(refusal(write(pair("x"), pattern, "regex.safetensors")).contains("expected names of layers"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-16", "0", "1e999", "\"much\"", "[8]"})
    void refusesAnAlphaThatIsNoScale(String alpha) {
        Map<String, String> metadata = Map.of("lora_adapter_metadata", "{\"transformer.lora_alpha\": " + alpha + "}");
        assertTrue(refusal(write(pair("x"), metadata, "alpha.safetensors")).contains("expected a number above 0"));
    }

    @Test
    void findsAllLayersWhateverTheirNames() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < 60; i++)
            for (String ending : List.of("", "a", "."))
                tensors.putAll(pair("blocks." + (i * 37 % 60) + ending + ".qkv"));
        LoraFile file = LoraFile.read(write(tensors, Map.of(), "names.safetensors"));
        assertEquals(180, file.modules().size());
        assertEquals(180, file.adapters(DType.F32).size());
        assertEquals(
                List.of("blocks.2.qkv", "blocks.10.qkv"),
                file.modules().keySet().stream()
                        .filter(List.of("blocks.10.qkv", "blocks.2.qkv")::contains)
                        .toList());
    }

    @Test
    void noticesNanAndAFileThatChanged() throws Exception {
        Map<String, Tensor> tensors = pair("x");
        tensors.put("x.lora_B.weight", Tensor.ones(24, 4).mul(Double.NaN));
        LoraFile file = LoraFile.read(write(tensors, Map.of(), "nan.safetensors"));
        var e = assertThrows(WeightsException.class, () -> file.adapters(DType.F32));
        assertTrue(e.getMessage().contains("'x.lora_B.weight' contains NaN or infinity"), e.getMessage());
        Files.setLastModifiedTime(file.path(), java.nio.file.attribute.FileTime.fromMillis(1000));
        assertTrue(
                assertThrows(WeightsException.class, file::sha256).getMessage().contains("has changed"));
    }

    /** It would be searched in every prompt, and shown to every client. */
    @Test
    void refusesAWordThatIsABook() {
        Path path = write(pair("x"), Map.of("mige.trigger", "a ".repeat(1_000_000)), "book.safetensors");
        var e = assertThrows(WeightsException.class, () -> LoraFile.read(path));
        assertTrue(e.getMessage().contains("metadata 'mige.trigger' of 2000000 characters"), e.getMessage());
    }

    /** Which float32 or bfloat16 would make infinite. */
    @Test
    void refusesValuesThatAreTooLarge() {
        for (Tensor large : List.of(
                Tensor.ones(24, 4).to(DType.F64).mul(1e300), Tensor.ones(24, 4).mul(3.4e38))) {
            Map<String, Tensor> tensors = pair("x");
            tensors.put("x.lora_B.weight", large);
            LoraFile file = LoraFile.read(write(tensors, Map.of(), "large.safetensors"));
            var e = assertThrows(WeightsException.class, () -> file.adapters(DType.BF16));
            assertTrue(e.getMessage().contains("'x.lora_B.weight' contains NaN or infinity"), e.getMessage());
            assertThrows(WeightsException.class, file::requireFinite);
        }
    }

    @Test
    void targetsAreEndingsOfNamesOutsideTheVisionEncoder() {
        assertEquals(
                List.of("blocks.10.mlp.fc1"),
                List.copyOf(
                        new LoraConfig(1, 1, List.of("mlp.fc1")).select(LAYERS).keySet()));
        assertEquals(
                List.of("visual_encoder.blocks.0.mlp.fc1"),
                List.copyOf(new LoraConfig(1, 1, List.of("visual_encoder.blocks.0.mlp.fc1"))
                        .select(LAYERS)
                        .keySet()));
        var e = assertThrows(UsageException.class, () -> new LoraConfig(1, 1, List.of("attn.qkx")).select(LAYERS));
        assertTrue(e.getMessage().contains("nearest name is 'blocks.2.attn.qkv'"), e.getMessage());
    }

    @Test
    void jsonWithoutValuesHasTheDefaults() throws Exception {
        assertEquals(LoraConfig.DEFAULT, Json.MAPPER.readValue("{}", LoraConfig.class));
        LoraConfig config = Json.MAPPER.readValue("{\"rank\": 4, \"targets\": [\"mlp.fc1\"]}", LoraConfig.class);
        assertEquals(new LoraConfig(4, 4, List.of("mlp.fc1")), config);
        assertEquals(config, Json.MAPPER.readValue(Json.write(config), LoraConfig.class));
        assertThrows(UsageException.class, () -> new LoraConfig(0, 1, null));
    }
}
