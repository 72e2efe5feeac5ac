package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.ModelSpec;
import dev.mige4j.weights.RandomCheckpoint;
import dev.mige4j.weights.conversion.CheckpointConverter;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.lora.LoraConfig;
import dev.mige4j.weights.lora.LoraFile;
import dev.mige4j.weights.lora.LoraMetadata;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraMergeTest {

    private static final ModelSpec SPEC = ModelNetworks.requiredTensors(ModelConfig.TINY);

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void writeModel() {
        byte[] tokenizer = TokenizerBuilder.build(
                List.of("make the dog blue a picture on beach"),
                ModelConfig.TINY.encoder().text().vocabularySize() - Tokenizer.EXTRA_IDS);
        RandomCheckpoint.write(folder.resolve("random"), SPEC, tokenizer, 5, ProgressListener.NONE);
        model = convert("model", Checkpoint.LoadDType.FLOAT32, Set.of());
    }

    private Path convert(String name, Checkpoint.LoadDType dtype, Set<String> int8Files) {
        return convert(folder.resolve("random"), name, dtype, int8Files);
    }

    private Path convert(Path source, String name, Checkpoint.LoadDType dtype, Set<String> int8Files) {
        var sources = new CheckpointConverter.SourceFiles(
                source, source.resolve(ModelFolder.AUTOENCODER), null, source.resolve(ModelFolder.TOKENIZER));
        Path output = folder.resolve(name);
        CheckpointConverter.convert(sources, SPEC.quantize(int8Files), dtype, output, ProgressListener.NONE);
        return output;
    }

    private Lora lora(String name, long seed, double scale) {
        return lora(name, seed, "", scale);
    }

    private Lora lora(String name, long seed, String baseModel, double scale) {
        LoraConfig config = new LoraConfig(2, 1, null);
        Map<String, LoraAdapter> adapters = new LinkedHashMap<>();
        config.init(ModelNetworks.linearLayers(ModelConfig.TINY), seed)
                .forEach((module, adapter) -> adapters.put(
                        module,
                        new LoraAdapter(
                                adapter.a(),
                                Rng.forName(seed, module)
                                        .normal(adapter.outFeatures(), 2)
                                        .mul_(0.5),
                                adapter.scale())));
        Path file = folder.resolve(name + ".safetensors");
        LoraFile.write(file, new LoraMetadata(config, baseModel, ""), adapters);
        return Lora.of(file, scale);
    }

    private static byte[] edit(Mige mige) {
        return mige.generate(MigeTest.EDIT, Settings.DEFAULT).get(0).image().rgb();
    }

    private static double difference(byte[] a, byte[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += Math.abs((a[i] & 255) - (b[i] & 255));
        return sum / a.length;
    }

    @Test
    void theMergedModelGivesTheImagesOfTheLoras() throws Exception {
        List<Lora> loras = List.of(lora("a", 1, 1), lora("b", 2, -0.5));
        Path merged = folder.resolve("merged");
        LoraMerge.write(model, loras, merged, ProgressListener.NONE);
        try (Mige base = Mige.open(model);
                Mige withLoras = base.withLoras(loras);
                Mige ofMerged = Mige.open(merged)) {
            byte[] expected = edit(withLoras);
            assertTrue(difference(edit(base), expected) > 0.5);
            assertTrue(difference(expected, edit(ofMerged)) < 0.05);
            assertEquals(base.name(), ofMerged.name());
            assertEquals(List.of(), ofMerged.loras());
        }
        try (SafeTensors file = SafeTensors.open(merged.resolve(ModelFolder.DENOISER))) {
            assertTrue(file.metadata().get("mige.merged").startsWith("[{\"name\":\"a\",\"sha256\":\""));
        }
        assertEquals(
                -1, Files.mismatch(model.resolve(ModelFolder.AUTOENCODER), merged.resolve(ModelFolder.AUTOENCODER)));
    }

    /** So that a LoRA fits the int8 conversion of the model that it was trained on. */
    @Test
    void theFingerprintIsThatOfTheWeightsWhateverTheirTypes() {
        String fingerprint = ModelFingerprint.of(model);
        Set<String> int8 = Set.of(ModelFolder.DENOISER, ModelFolder.T5);
        assertEquals(fingerprint, ModelFingerprint.of(convert("bf16", Checkpoint.LoadDType.BFLOAT16, Set.of())));
        Path quantized = convert("int8", Checkpoint.LoadDType.BFLOAT16, int8);
        assertEquals(fingerprint, ModelFingerprint.of(quantized));
        Path merged = folder.resolve("merged");
        LoraMerge.write(model, List.of(lora("a", 1, 1)), merged, ProgressListener.NONE);
        assertNotEquals(fingerprint, ModelFingerprint.of(merged));
        Path mergedInt8 = convert(merged, "merged-int8", Checkpoint.LoadDType.BFLOAT16, int8);
        assertEquals(ModelFingerprint.of(merged), ModelFingerprint.of(mergedInt8));
        Lora lora = lora("b", 2, fingerprint, 1);
        try (Mige mige = Mige.open(quantized);
                Mige taught = mige.withLoras(List.of(lora))) {
            assertTrue(difference(edit(mige), edit(taught)) > 0.5);
        }
    }

    @Test
    void aMergedModelTellsItsLorasAfterTheNextMergeToo() throws Exception {
        Path first = folder.resolve("first"), second = folder.resolve("second");
        LoraMerge.write(model, List.of(lora("a", 1, 1)), first, ProgressListener.NONE);
        LoraMerge.write(first, List.of(lora("b", 2, 0.5)), second, ProgressListener.NONE);
        try (SafeTensors file = SafeTensors.open(second.resolve(ModelFolder.DENOISER))) {
            JsonNode merged = Json.MAPPER.readTree(file.metadata().get("mige.merged"));
            assertEquals(List.of("a", "b"), merged.findValuesAsText("name"));
            assertEquals(List.of("1.0", "0.5"), merged.findValuesAsText("scale"));
        }
    }

    @Test
    void refusesADamagedRecordOfEarlierMerges() {
        List<Lora> loras = List.of(lora("a", 1, 1));
        Path file = model.resolve(ModelFolder.DENOISER), merged = folder.resolve("merged");
        for (String damaged : List.of("null", "[null]", "{", "[{\"unknown\": 1}]")) {
            try (SafeTensors stored = SafeTensors.open(folder.resolve("random").resolve(ModelFolder.DENOISER))) {
                Map<String, Tensor> tensors = new LinkedHashMap<>();
                for (String key : stored.tensorInfos().keySet()) tensors.put(key, stored.tensor(key));
                SafeTensors.write(file, Map.of("mige.merged", damaged), tensors);
            }
            var e = assertThrows(
                    WeightsException.class, () -> LoraMerge.write(model, loras, merged, ProgressListener.NONE));
            assertTrue(e.getMessage().contains("has metadata 'mige.merged' that cannot be read"), e.getMessage());
            assertFalse(Files.exists(merged));
        }
    }

    @Test
    void everyWeightKeepsItsType() {
        Lora lora = lora("a", 1, 1);
        LoraAdapter adapter = lora.file().adapters(DType.F32).get("blocks.1.mlp.fc1");
        for (boolean int8 : new boolean[] {false, true}) {
            Path source = convert(
                    "source" + int8, Checkpoint.LoadDType.BFLOAT16, int8 ? Set.of(ModelFolder.DENOISER) : Set.of());
            Path merged = folder.resolve("merged" + int8);
            LoraMerge.write(source, List.of(lora), merged, ProgressListener.NONE);
            try (SafeTensors before = SafeTensors.open(source.resolve(ModelFolder.DENOISER));
                    SafeTensors after = SafeTensors.open(merged.resolve(ModelFolder.DENOISER))) {
                after.tensorInfos()
                        .forEach((key, info) ->
                                assertEquals(before.tensorInfo(key).dtype(), info.dtype(), key));
                assertEquals(before.tensorInfos().keySet(), after.tensorInfos().keySet());
                Tensor expected = weight(before, int8).add(adapter.deltaWeight()), actual = weight(after, int8);
                double error =
                        expected.sub(actual).norm().item() / expected.norm().item();
                assertTrue(error < (int8 ? 0.02 : 0.005), "int8 " + int8 + ": " + error);
            }
        }
    }

    private static Tensor weight(SafeTensors file, boolean int8) {
        Tensor stored = file.tensor("blocks.1.mlp.fc1.weight").to(DType.F32);
        return int8 ? stored.mul(file.tensor("blocks.1.mlp.fc1.weight_scale")) : stored;
    }

    @Test
    void theFusedInputProjectionIsMergedToo() {
        Lora lora = lora("a", 1, 2);
        Path merged = folder.resolve("merged");
        LoraMerge.write(model, List.of(lora), merged, ProgressListener.NONE);
        try (Checkpoint before = Checkpoint.open(model);
                Checkpoint after = Checkpoint.open(merged)) {
            Tensor delta = lora.file()
                    .adapters(DType.F32)
                    .get("FFM.clip_attn.in_proj")
                    .deltaWeight()
                    .mul(2);
            Tensor expected = before.get("FFM.clip_attn.in_proj_weight", Init.ZEROS, delta.shape())
                    .add(delta);
            Tensor actual = after.get("FFM.clip_attn.in_proj_weight", Init.ZEROS, delta.shape());
            assertTrue(expected.sub(actual).abs().norm().item() < 1e-5);
        }
    }

    @Test
    void cancellingLeavesNothingAndNoFolderIsOverwritten() throws Exception {
        List<Lora> loras = List.of(lora("a", 1, 1));
        Path merged = folder.resolve("merged");
        assertThrows(
                CancelledException.class,
                () -> LoraMerge.write(model, loras, merged, (item, done, total) -> done < total / 2));
        assertFalse(Files.exists(merged));
        var e = assertThrows(UsageException.class, () -> LoraMerge.write(model, loras, model, ProgressListener.NONE));
        assertEquals(model + " has files; choose a new folder for the merged model.", e.getMessage());
        assertThrows(UsageException.class, () -> LoraMerge.write(model, List.of(), merged, ProgressListener.NONE));
    }
}
