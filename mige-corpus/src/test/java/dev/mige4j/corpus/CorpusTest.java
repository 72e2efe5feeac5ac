package dev.mige4j.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.composer.InstructionTemplates;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.renderer.BackgroundCache;
import dev.mige4j.corpus.renderer.Renderer;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.corpus.sprites.MissingPackagesException;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {

    static final SpriteStore SPRITES = ShapeCorpus.sprites();
    static final Corpus CORPUS = Corpus.of(SPRITES, 64, TaskMix.JOINT);

    @Test
    void sameIndexGivesTheSamePixels() {
        Corpus again = Corpus.of(ShapeCorpus.sprites(), 64, TaskMix.JOINT);
        for (int i = 0; i < 6; i++) {
            Example a = CORPUS.example(Split.TRAIN, 3, i), b = again.example(Split.TRAIN, 3, i);
            assertEquals(a.target(), b.target());
            assertEquals(a.references(), b.references());
            assertArrayEquals(a.mask(), b.mask());
        }
    }

    @Test
    void differentIndexesSeedsAndSplitsGiveDifferentExamples() {
        ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 1, 1);
        assertNotEquals(spec, CORPUS.exampleSpec(Split.TRAIN, 1, 2));
        assertNotEquals(spec, CORPUS.exampleSpec(Split.TRAIN, 2, 1));
        assertNotEquals(spec, CORPUS.exampleSpec(Split.SEEN, 1, 1));
    }

    @Test
    void everyPlaceholderHasAReferenceImage() {
        for (TaskKind kind : TaskKind.values())
            for (Split split : Split.values()) {
                if (split == Split.UNSEEN_LOOK && kind != TaskKind.COLOUR && kind != TaskKind.TEXTURE) continue;
                for (int i = 0; i < 12; i++) {
                    ExampleSpec spec = CORPUS.exampleSpec(split, 7, i, kind);
                    int placeholders = spec.instruction().split(InstructionTemplates.IMAGE_PLACEHOLDER, -1).length - 1;
                    assertEquals(placeholders, spec.references().size(), spec.instruction());
                    assertTrue(placeholders >= 1 && placeholders <= 4, spec.instruction());
                    assertFalse(
                            spec.instruction().contains(" " + InstructionTemplates.IMAGE_PLACEHOLDER)
                                    || spec.instruction().contains(InstructionTemplates.IMAGE_PLACEHOLDER + " "),
                            spec.instruction());
                    assertFalse(
                            spec.instruction().contains("{")
                                    || spec.caption().contains("<")
                                    || spec.caption().contains("  "),
                            spec.instruction() + " / " + spec.caption());
                    assertEquals(kind.task().equals("subject"), spec.source() == null);
                    assertEquals(
                            !kind.task().equals("subject"), spec.references().contains(ReferenceSpec.SOURCE));
                }
            }
    }

    @Test
    void colourEditsChangeOnlyTheObject() {
        for (TaskKind kind : List.of(TaskKind.COLOUR, TaskKind.TEXTURE))
            for (int i = 0; i < 8; i++) {
                ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 5, i, kind);
                Example e = CORPUS.render(spec);
                byte[] before = e.source().orElseThrow().rgb(),
                        after = e.target().rgb();
                float[] visibility = new Renderer(SPRITES, BackgroundCache.inMemory(64, SPRITES))
                        .render(spec.target())
                        .visibility()
                        .get(0);
                int changed = 0;
                for (int p = 0; p < 64 * 64; p++)
                    for (int c = 0; c < 3; c++) {
                        if (before[3 * p + c] == after[3 * p + c]) continue;
                        changed++;
                        assertTrue(
                                visibility[p] > 0
                                        || e.mask()[p] != 0
                                        || Math.abs((before[3 * p + c] & 255) - (after[3 * p + c] & 255)) <= 8,
                                spec.instruction());
                    }
                assertTrue(changed > 30, spec.instruction());
            }
    }

    @Test
    void localEditsChangeNothingOutsideTheMask() {
        for (TaskKind kind : TaskKind.values())
            if (kind.isLocal())
                for (int i = 0; i < 5; i++) {
                    Example e = CORPUS.render(CORPUS.exampleSpec(Split.TRAIN, 9, i, kind));
                    byte[] before = e.source().orElseThrow().rgb(),
                            after = e.target().rgb();
                    int masked = 0;
                    for (int p = 0; p < 64 * 64; p++) {
                        if (e.mask()[p] != 0) masked++;
                        else
                            for (int c = 0; c < 3; c++)
                                assertTrue(Math.abs((before[3 * p + c] & 255) - (after[3 * p + c] & 255)) <= 8);
                    }
                    assertTrue(
                            masked > 20 && masked < 0.75 * 64 * 64,
                            kind + " changes " + masked + " of 4096 pixels: " + e.instruction());
                    assertTrue(e.boundingBox().area() > 16, e.instruction());
                }
    }

    @Test
    void trainingSplitContainsNothingHeldOut() {
        for (int i = 0; i < 600; i++) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 1, i);
            List<SceneSpec> scenes = new ArrayList<>(List.of(spec.target()));
            if (spec.source() != null) scenes.add(spec.source());
            for (ReferenceSpec r : spec.references()) if (r.scene() != null) scenes.add(r.scene());
            for (SceneSpec s : scenes)
                for (ObjectSpec o : s.objects()) {
                    Concept c = Concept.byName(o.concept());
                    assertFalse(Split.isHeldOut(c), o.concept());
                    assertNotEquals(Split.HELD_OUT_STYLE, o.iconSet());
                    assertFalse(Split.isHeldOut(c, Scene.byName(s.scene())), o.concept() + " in " + s.scene());
                    if (o.color() != null) assertFalse(Split.isHeldOut(c, o.color()));
                    if (o.texture() != null) assertFalse(Split.isHeldOut(c, o.texture()));
                }
        }
    }

    @Test
    void heldOutSplitsContainWhatTheyHoldOut() {
        for (int i = 0; i < 30; i++) {
            assertTrue(Split.isHeldOut(Concept.byName(CORPUS.exampleSpec(Split.UNSEEN_SUBJECT, 1, i, TaskKind.SUBJECT_1)
                    .objectName())));
            assertEquals(
                    Split.HELD_OUT_STYLE,
                    CORPUS.exampleSpec(Split.UNSEEN_STYLE, 1, i, TaskKind.SUBJECT_1)
                            .target()
                            .objects()
                            .get(0)
                            .iconSet());
            ExampleSpec pair = CORPUS.exampleSpec(Split.UNSEEN_PAIR, 1, i, TaskKind.SUBJECT_1);
            assertTrue(Split.isHeldOut(
                    Concept.byName(pair.objectName()),
                    Scene.byName(pair.target().scene())));
            ObjectSpec recoloured = CORPUS.exampleSpec(Split.UNSEEN_LOOK, 1, i, TaskKind.COLOUR)
                    .target()
                    .objects()
                    .get(0);
            assertTrue(Split.isHeldOut(Concept.byName(recoloured.concept()), recoloured.color()));
        }
    }

    @Test
    void specsSurviveAJsonRoundTrip() throws Exception {
        for (TaskKind kind : TaskKind.values()) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 4, 1, kind);
            assertEquals(spec, Json.MAPPER.readValue(Json.write(spec), ExampleSpec.class));
        }
    }

    @Test
    void anImageSizeThatIsNotSupportedIsRejected(@TempDir Path empty) {
        var e = assertThrows(UsageException.class, () -> Corpus.open(empty, 100));
        assertEquals(
                "The corpus cannot render images of 100 pixels; the size must be a multiple of 8 from 32 to 512.",
                e.getMessage());
    }

    @Test
    void aFolderWithoutPackagesIsRejected(@TempDir Path empty) {
        var e = assertThrows(MissingPackagesException.class, () -> Corpus.open(empty, 128));
        assertEquals("There are no icon packages in " + empty + ".", e.getMessage());
    }
}
