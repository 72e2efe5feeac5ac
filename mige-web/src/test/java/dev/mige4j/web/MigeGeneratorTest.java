package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.GenerationListener;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.Rng;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.ShapeRecorder.LinearSpec;
import dev.mige4j.weights.lora.LoraConfig;
import dev.mige4j.weights.lora.LoraFile;
import dev.mige4j.weights.lora.LoraMetadata;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models with LoRA adapters that requests share. */
class MigeGeneratorTest {

    static final Task TASK = new SubjectGeneration(Instruction.of("a tree"));
    static final Settings SETTINGS = Settings.DEFAULT.withSteps(2);

    @TempDir
    Path folder;

    final Mige mige = Mige.random(1);
    final MigeGenerator generator = new MigeGenerator(mige);

    @AfterEach
    void close() {
        generator.close();
        mige.close();
    }

    Lora lora(String name, Map<String, LinearSpec> layers) {
        LoraConfig config = new LoraConfig(2, 2, List.of("attn.qkv"));
        Map<String, LoraAdapter> adapters = new LinkedHashMap<>();
        config.init(layers, 1)
                .forEach((module, adapter) -> adapters.put(
                        module,
                        new LoraAdapter(
                                adapter.a(),
                                Rng.forName(1, name + module).normal(adapter.outFeatures(), 2),
                                adapter.scale())));
        Path file = folder.resolve(name + ".safetensors");
        LoraFile.write(file, new LoraMetadata(config, "", ""), adapters);
        return Lora.of(file);
    }

    Lora lora(String name) {
        return lora(name, ModelNetworks.linearLayers(mige.config()));
    }

    GeneratedImage generate(MigeGenerator with, Lora... loras) {
        List<GeneratedImage> images = new ArrayList<>();
        generate(with, images::add, loras);
        return images.get(0);
    }

    private static void generate(MigeGenerator with, Consumer<GeneratedImage> consumer, Lora... loras) {
        with.generate(TASK, SETTINGS, List.of(loras), GenerationListener.NONE, consumer);
    }

    @Test
    void keepsTheLatestModelsAndOpensThemOnce() {
        Image plain = generate(generator).image();
        assertEquals(0, generator.derivedCount());
        Lora mug = lora("mug");
        Image withMug = generate(generator, mug).image();
        assertNotEquals(plain, withMug);
        assertEquals(withMug, generate(generator, mug).image());
        generator.notices(TASK, SETTINGS, List.of(mug));
        assertEquals("1 of 1", generator.derivedCount() + " of " + generator.openedCount());

        assertNotEquals(withMug, generate(generator, mug.withScale(0.5)).image());
        for (int i = 2; i <= MigeGenerator.MAX_DERIVED; i++) generate(generator, mug.withScale(i));
        assertEquals("4 of 5", generator.derivedCount() + " of " + generator.openedCount());
        generate(generator, mug.withScale(0.5)); // still open
        assertEquals(5, generator.openedCount());
        assertEquals(withMug, generate(generator, mug).image()); // opened again
        assertEquals("4 of 6", generator.derivedCount() + " of " + generator.openedCount());
        assertEquals(plain, generate(generator).image());
    }

    @Test
    void aModelInUseOutlivesItsPlaceAmongTheLatest() {
        Lora mug = lora("mug");
        Image expected = generate(generator, mug).image();
        List<GeneratedImage> images = new ArrayList<>();
        generator.generate(TASK, SETTINGS.withCount(2), List.of(mug), GenerationListener.NONE, image -> {
            images.add(image);
            for (int i = 2; i < 8; i++) generate(generator, mug.withScale(i));
        });
        assertEquals(2, images.size());
        assertEquals(expected, images.get(0).image());
        assertEquals(expected, generate(generator, mug).image());
    }

    /** Between the listing that a request was checked by, and its turn in the queue. */
    @Test
    void namesTheFieldWhenAFileIsGone() throws Exception {
        Lora mug = lora("mug"), cup = lora("cup");
        Files.delete(mug.file().path());
        assertGone(mug);
        cup.file().sha256();
        Files.write(cup.file().path(), new byte[] {1, 2, 3});
        assertGone(cup);
        assertEquals(0, generator.derivedCount());
    }

    private void assertGone(Lora lora) {
        var e = assertThrows(ApiException.class, () -> generate(generator, lora));
        assertEquals("404 lora_not_found loras", e.status + " " + e.code + " " + e.param);
        assertFalse(e.getMessage().contains(folder.toString()), e.getMessage());
    }

    /** Recipes and notices say the name that the client gave. */
    @Test
    void tellsCopiesOfAFileApart() throws Exception {
        Lora mug = lora("mug");
        Path copy = Files.copy(mug.file().path(), folder.resolve("copy.safetensors"));
        generate(generator, mug);
        assertEquals(
                "copy",
                generate(generator, Lora.of(copy)).recipe().loras().get(0).name());
    }

    @Test
    void addsToTheAdaptersOfTheLoadedModel() {
        Lora mug = lora("mug"), style = lora("style");
        try (Mige withMug = mige.withLoras(List.of(mug));
                MigeGenerator server = new MigeGenerator(withMug)) {
            Recipe recipe = generate(server, style.withScale(0.5)).recipe();
            assertEquals(
                    List.of("mug 1.0", "style 0.5"),
                    recipe.loras().stream()
                            .map(used -> used.name() + " " + used.scale())
                            .toList());
            assertEquals(
                    generate(generator, mug, style.withScale(0.5)).image(),
                    generate(server, style.withScale(0.5)).image());
        }
    }

    @Test
    void refusesAdaptersForOtherLayersWithoutKeepingAModel() {
        generator.requireFit(lora("mug").file());
        LoraFile other = lora("other", Map.of("blocks.0.attn.qkv", new LinearSpec(5, 15)))
                .file();
        String message = assertThrows(UsageException.class, () -> generator.requireFit(other))
                .getMessage();
        assertEquals(0, generator.derivedCount());
        assertTrue(message.startsWith("The LoRA other is for a layer 'blocks.0.attn.qkv' from 5 to 15"), message);
    }
}
