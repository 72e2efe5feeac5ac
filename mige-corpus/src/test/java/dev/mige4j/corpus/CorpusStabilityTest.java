package dev.mige4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.common.Json;
import dev.mige4j.common.Sha256;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.ExampleComposer;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.renderer.BackgroundCache;
import dev.mige4j.corpus.renderer.Recolouring;
import dev.mige4j.corpus.renderer.Renderer;
import dev.mige4j.corpus.renderer.StyleFilter;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Digests of everything the corpus computes. A failure means that seeds now give other examples: recorded figures,
 * feature caches and nano-MIGEBench no longer compare with new ones.
 */
class CorpusStabilityTest {

    private static final SpriteStore SPRITES = ShapeCorpus.sprites();

    private final MessageDigest digest = Sha256.newDigest();

    @Test
    void composesTheSameSpecs() throws Exception {
        for (TaskMix mix : List.of(
                TaskMix.JOINT,
                TaskMix.CURRICULUM_START,
                new TaskMix(TaskMix.EDIT_ONLY.weights(), 0.25, false, false, CorpusRules.VARIED))) {
            Corpus corpus = Corpus.of(SPRITES, 32, mix);
            for (Split split : Split.values()) {
                for (int i = 0; i < 20; i++) update(corpus.exampleSpec(split, 3, i));
                if (split != Split.UNSEEN_LOOK)
                    for (TaskKind kind : TaskKind.values())
                        for (int i = 0; i < 12; i++) update(corpus.exampleSpec(split, 5, i, kind));
            }
        }
        assertDigest("871b14f8eb59d202");
    }

    @Test
    void composesTheSameFollowUpEdits() throws Exception {
        ExampleComposer composer = new ExampleComposer(SPRITES, TaskMix.JOINT);
        for (int i = 0; i < 40; i++) {
            SceneSpec source = composer.compose(Split.SEEN, 1, i, TaskKind.ADD).target();
            update(composer.composeFollowUp(Split.SEEN, 2, i, source, i % 2 == 0));
            update(composer.composeFollowUp(Split.UNSEEN_SUBJECT, 2, i, source, i % 2 == 0));
        }
        assertDigest("0859cd20a119027e");
    }

    @Test
    void rendersTheSameScenes() {
        Renderer renderer = new Renderer(SPRITES, BackgroundCache.inMemory(32, SPRITES));
        ObjectSpec
                dog =
                        ObjectSpec.builder(0, "dog", "noto")
                                .hueShift(120)
                                .position(0.3, 0.5)
                                .size(0.4)
                                .rotation(8)
                                .shear(0.1)
                                .build(),
                owl =
                        ObjectSpec.builder(1, "owl", "noto")
                                .position(0.7, 0.7, 0.4)
                                .size(0.3)
                                .flip(true)
                                .build();
        int seed = 0;
        for (Scene scene : Scene.ALL)
            for (String time : scene.timesOfDay())
                for (String weather : scene.weathers())
                    update(renderer.render(
                            new SceneSpec(scene.name(), ++seed, time, weather, null, List.of(dog, owl))));
        assertDigest("9611a72d05000772");
    }

    @Test
    void rendersTheSameColoursTexturesAndStyles() {
        Renderer renderer = new Renderer(SPRITES, BackgroundCache.inMemory(32, SPRITES));
        ObjectSpec dog = ObjectSpec.builder(0, "dog", "noto")
                .position(0.3, 0.5)
                .size(0.6)
                .build();
        SceneSpec scene = new SceneSpec("meadow", 1, "day", "clear", null, List.of(dog));
        for (String style : StyleFilter.NAMES) update(renderer.render(scene.withFilter(style)));
        for (String colour : Recolouring.COLOUR_NAMES)
            digest.update(renderer.renderCutout(dog.withColor(colour), 32, 0));
        for (String texture : Recolouring.TEXTURES)
            digest.update(renderer.renderCutout(dog.withTexture(texture), 32, 255));
        assertDigest("028cb272723b6913");
    }

    @Test
    void composesTheSameSpecsUnderTheStrictRules() throws Exception {
        Corpus corpus = Corpus.of(SPRITES, 32, TaskMix.STRICT);
        for (Split split : Split.values()) for (int i = 0; i < 60; i++) update(corpus.exampleSpec(split, 3, i));
        assertDigest("c5b4ea27ced2648d");
    }

    @Test
    void rendersTheSameExamples() {
        updateWithExamples(TaskMix.JOINT);
        assertDigest("8fd040811494d0ed");
    }

    @Test
    void rendersTheSameExamplesUnderTheStrictRules() {
        updateWithExamples(TaskMix.STRICT);
        assertDigest("3c94d59f8db70f1c");
    }

    private void updateWithExamples(TaskMix mix) {
        Corpus corpus = Corpus.of(SPRITES, 32, mix);
        for (int i = 0; i < 60; i++) {
            Example example = corpus.example(Split.TRAIN, 11, i);
            digest.update(example.target().rgb());
            example.references().forEach(r -> digest.update(r.rgb()));
            digest.update(example.mask());
            digest.update(example.boundingBox().toString().getBytes(StandardCharsets.UTF_8));
            digest.update(java.util.Arrays.toString(corpus.patchCorrespondence(example.spec(), 8))
                    .getBytes(StandardCharsets.UTF_8));
        }
    }

    private void update(ExampleSpec spec) throws Exception {
        digest.update(Json.MAPPER.writeValueAsBytes(spec));
    }

    private void update(Renderer.RenderedScene rendered) {
        digest.update(rendered.rgb());
        rendered.visibility()
                .forEach((id, visibility) ->
                        digest.update(java.util.Arrays.toString(visibility).getBytes(StandardCharsets.UTF_8)));
    }

    private void assertDigest(String expected) {
        assertEquals(expected, HexFormat.of().formatHex(digest.digest()).substring(0, 16));
    }
}
