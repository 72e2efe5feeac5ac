package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.RandomCheckpoint;
import dev.mige4j.weights.ShapeRecorder.LinearSpec;
import dev.mige4j.weights.lora.LoraConfig;
import dev.mige4j.weights.lora.LoraFile;
import dev.mige4j.weights.lora.LoraMetadata;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraTest {

    private static final Map<String, LinearSpec> LAYERS = ModelNetworks.linearLayers(ModelConfig.TINY);
    private static final LoraConfig CONFIG = new LoraConfig(2, 2, null);

    @TempDir
    Path folder;

    /** A file of adapters for all default targets whose effect is visible. */
    private Lora lora(String name, String baseModel, String trigger, long seed, Map<String, LinearSpec> layers) {
        Map<String, LoraAdapter> adapters = new LinkedHashMap<>();
        new LoraConfig(
                        2,
                        2,
                        List.copyOf(CONFIG.targets().stream()
                                .filter(target -> layers.keySet().stream()
                                        .anyMatch(module -> ("." + module).endsWith("." + target)))
                                .toList()))
                .init(layers, seed)
                .forEach((module, adapter) -> adapters.put(
                        module,
                        new LoraAdapter(
                                adapter.a(),
                                Rng.forName(seed, module)
                                        .normal(adapter.outFeatures(), 2)
                                        .mul_(0.5),
                                adapter.scale())));
        Path file = folder.resolve(name + ".safetensors");
        LoraFile.write(file, new LoraMetadata(CONFIG, baseModel, trigger), adapters);
        return Lora.of(file);
    }

    private Lora lora(String name, long seed) {
        return lora(name, "random-1", "", seed, LAYERS);
    }

    private static GeneratedImage edit(Mige mige) {
        return mige.generate(MigeTest.EDIT, Settings.DEFAULT).get(0);
    }

    private static double difference(GeneratedImage a, GeneratedImage b) {
        byte[] x = a.image().rgb(), y = b.image().rgb();
        return IntStream.range(0, x.length)
                .map(i -> Math.abs((x[i] & 255) - (y[i] & 255)))
                .average()
                .orElseThrow();
    }

    @Test
    void aLoraChangesTheImageAndLeavesTheModelAsItIs() {
        Lora first = lora("my-mug", 1), second = lora("style", 2);
        GeneratedImage before = edit(MigeTest.MIGE);
        try (Mige taught = MigeTest.MIGE.withLoras(List.of(first));
                Mige both = MigeTest.MIGE.withLoras(List.of(first, second.withScale(-0.5)))) {
            GeneratedImage image = edit(taught);
            assertTrue(difference(before, image) > 1);
            assertEquals(before, edit(MigeTest.MIGE));
            assertEquals(image, edit(taught));
            assertTrue(difference(image, edit(both)) > 1);
            assertEquals(image, edit(both.withLoras(List.of(first))), "instead of those that it has");
            assertEquals(before.image(), edit(both.withLoras(List.of())).image());
            assertEquals(MigeTest.MIGE.modelHash(), taught.modelHash());
            assertEquals(List.of(first), taught.loras());
        }
        assertEquals(before, edit(MigeTest.MIGE), "closing the others does not close this one");
    }

    @Test
    void everyDefaultTargetActs() {
        GeneratedImage before = edit(MigeTest.MIGE);
        for (String target : LoraConfig.DEFAULT_TARGETS) {
            LoraConfig only = new LoraConfig(2, 2, List.of(target));
            try (Mige taught = MigeTest.MIGE.withLoras(List.of(lora("one", "random-1", "", 1, only.select(LAYERS))))) {
                assertNotEquals(before.image(), edit(taught).image(), target);
            }
        }
    }

    @Test
    void theScaleIsTheFactorOfTheEffect() {
        Lora lora = lora("my-mug", 1);
        GeneratedImage before = edit(MigeTest.MIGE);
        try (Mige none = MigeTest.MIGE.withLoras(List.of(lora.withScale(0)));
                Mige one = MigeTest.MIGE.withLoras(List.of(lora));
                Mige halves = MigeTest.MIGE.withLoras(List.of(lora.withScale(0.25), lora.withScale(0.75)))) {
            assertEquals(before.image(), edit(none).image());
            assertTrue(difference(edit(one), edit(halves)) < 0.1);
        }
    }

    @Test
    void theRecipeNamesTheLoras() {
        Lora lora = lora("my-mug", 1).withScale(0.8);
        try (Mige taught = MigeTest.MIGE.withLoras(List.of(lora))) {
            Recipe recipe = edit(taught).recipe();
            assertEquals(List.of(new Recipe.LoraReference("my-mug", lora.file().sha256(), 0.8)), recipe.loras());
            assertEquals(recipe, Recipe.fromJson(recipe.toJson()));
            assertTrue(recipe.toJson().contains("\"loras\":[{\"name\":\"my-mug\",\"sha256\":\""), recipe.toJson());
        }
        assertFalse(edit(MigeTest.MIGE).recipe().toJson().contains("loras"));
    }

    @Test
    void aLargeModelMapsItsEncoderForTheModelsWithLorasToo() {
        byte[] tokenizer = TokenizerBuilder.build(
                List.of("make the dog blue a picture on beach"),
                ModelConfig.TINY.encoder().text().vocabularySize() - Tokenizer.EXTRA_IDS);
        Path model = folder.resolve("model");
        RandomCheckpoint.write(
                model, ModelNetworks.requiredTensors(ModelConfig.TINY), tokenizer, 5, ProgressListener.NONE);
        Lora lora = lora("my-mug", ModelFingerprint.of(model), "", 1, LAYERS);
        try (Mige mige = new Mige(ModelComponents.open(model, 0, ProgressListener.NONE));
                Mige taught = mige.withLoras(List.of(lora))) {
            GeneratedImage before = edit(mige), after = edit(taught);
            assertTrue(difference(before, after) > 0.1);
            assertEquals(before, edit(mige));
            assertEquals(after, edit(taught));
        }
    }

    @Test
    void aClosedModelEndsTheOneWithLoras() {
        try (Mige mige = Mige.random(1);
                Mige taught = mige.withLoras(List.of(lora("my-mug", 1)))) {
            edit(taught);
            mige.close();
            assertEquals(
                    "This Mige is closed.",
                    assertThrows(UsageException.class, () -> edit(taught)).getMessage());
        }
        Mige taught = MigeTest.MIGE.withLoras(List.of(lora("my-mug", 1)));
        taught.close();
        assertThrows(UsageException.class, () -> edit(taught));
        assertThrows(UsageException.class, () -> edit(MigeTest.MIGE.withLoras(null)));
    }

    private static String refusal(Lora lora) {
        return assertThrows(UsageException.class, () -> MigeTest.MIGE.withLoras(List.of(lora)))
                .getMessage();
    }

    @Test
    void aLoraOfAnotherModelIsRefused() {
        assertEquals(
                "The LoRA other was trained on a model with the fingerprint 0123456789abcdef, but that of tiny is"
                        + " random-1; open that model, or train it again on this one.",
                refusal(lora("other", "0123456789abcdef", "", 1, LAYERS)));
        Map<String, LinearSpec> layers = new LinkedHashMap<>(LAYERS);
        layers.put("blocks.1.mlp.fc1", new LinearSpec(16, 100));
        assertEquals(
                "The LoRA wide is for a layer 'blocks.1.mlp.fc1' from 16 to 100 features, but that of the model tiny is"
                        + " from 16 to 64; it belongs to another model.",
                refusal(lora("wide", "", "", 1, layers)));
        layers.put("blocks.1.mlp.fc1", LAYERS.get("blocks.1.mlp.fc1"));
        layers.put("blocks.27.mlp.fc1", new LinearSpec(16, 64));
        assertTrue(
                refusal(lora("deep", "", "", 1, layers)).contains("for a layer 'blocks.27.mlp.fc1', but the nearest"));
    }

    @Test
    void noticesAnUnknownBaseAndAMissingTrigger() {
        Lora unknown = lora("unknown", "", "", 1, LAYERS), named = lora("my-mug", "random-1", "sks mug", 1, LAYERS);
        try (Mige taught = MigeTest.MIGE.withLoras(List.of(unknown, named))) {
            List<String> notices = taught.notices(MigeTest.EDIT, Settings.DEFAULT);
            assertTrue(
                    notices.contains("The LoRA unknown does not say for which model it was trained; only the sizes of"
                            + " its layers fit."));
            assertTrue(notices.contains(
                    "The LoRA my-mug was taught with the word \"sks mug\", which the prompt does not have."));
            assertTrue(edit(taught).notices().containsAll(notices));
        }
    }

    @Test
    void parsesFileAndScale() {
        Lora lora = lora("my-mug", 1);
        String file = lora.file().path().toString();
        assertEquals(1, Lora.parse(file).scale());
        assertEquals(0.8, Lora.parse(file + ":0.8").scale());
        assertEquals(-1, Lora.parse(file + ":-1").scale());
        assertEquals("my-mug", Lora.parse(file + ":.5").name());
        assertEquals(
                "The LoRA my-mug has the scale 11.0, expected a number from -10 to 10.",
                assertThrows(UsageException.class, () -> Lora.parse(file + ":11"))
                        .getMessage());
        assertNotEquals(lora, lora.withScale(2));
    }
}
