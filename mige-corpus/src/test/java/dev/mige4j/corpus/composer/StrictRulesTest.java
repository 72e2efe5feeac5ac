package dev.mige4j.corpus.composer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.Json;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the words and images of an example do not say is always the same under {@link CorpusRules#STRICT}. */
class StrictRulesTest {

    private static final Corpus CORPUS = Corpus.of(ShapeCorpus.sprites(), 64, TaskMix.STRICT);

    @Test
    void everyObjectIsUprightOnTheGridAndOfOneSize() {
        for (ObjectSpec object : objectsOfTrainingExamples()) {
            assertTrue(object.onGrid(), object.toString());
            assertFalse(object.flip(), object.toString());
            assertEquals(0, object.rotation());
            assertEquals(0, object.shear());
            assertEquals(7 / 16.0, object.size(), object.toString());
        }
    }

    @Test
    void aSingleSubjectIsAlwaysInTheMiddle() {
        Set<List<Object>> places = new HashSet<>();
        for (int i = 0; i < 100; i++)
            places.add(place(CORPUS.exampleSpec(Split.TRAIN, 1, i, TaskKind.SUBJECT_1)
                    .target()
                    .objects()
                    .get(0)));
        assertEquals(1, places.size());
    }

    @Test
    void theFirstOfTwoSubjectsIsOnTheLeft() {
        for (int i = 0; i < 50; i++) {
            List<ObjectSpec> objects = CORPUS.exampleSpec(Split.TRAIN, 1, i, TaskKind.SUBJECT_2)
                    .target()
                    .objects();
            assertTrue(objects.get(0).x() < 0.5 && objects.get(1).x() > 0.5);
        }
    }

    @Test
    void aPhraseAlwaysMeansTheSamePlace() {
        List<String> phrases = List.of(
                "to the left of",
                "to the right of",
                "next to",
                "in front of",
                "behind",
                "on the left of",
                "on the right of",
                "in the centre of",
                "at the bottom left of",
                "at the bottom right of",
                "in the sky");
        Map<String, Object> places = new HashMap<>();
        for (TaskKind kind : List.of(TaskKind.ADD, TaskKind.SUBJECT_ADD))
            for (int i = 0; i < 400; i++) {
                ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 2, i, kind);
                String phrase = phrases.stream()
                        .filter(spec.caption()::contains)
                        .findFirst()
                        .orElseThrow(() -> new AssertionError(spec.caption()));
                ObjectSpec added = spec.target().objects().stream()
                        .filter(o -> o.id() == 0)
                        .findFirst()
                        .orElseThrow();
                Object previous = places.putIfAbsent(phrase, place(added));
                if (previous != null) assertEquals(previous, place(added), phrase);
            }
        assertEquals(phrases.size(), places.size());
    }

    @Test
    void referencesAreAloneOnBlackInTheMiddle() {
        for (int i = 0; i < 300; i++)
            for (ReferenceSpec reference : CORPUS.exampleSpec(Split.TRAIN, 3, i).references())
                if (!reference.isSource()) {
                    assertEquals("black", reference.presentation());
                    assertEquals(0.5, reference.object().x());
                    assertEquals(0.5, reference.object().y());
                }
    }

    @Test
    void anObjectThatOnlyTheTextNamesHasOneLook() {
        Map<String, String> looks = new HashMap<>();
        for (TaskKind kind : List.of(TaskKind.ADD, TaskKind.REPLACE))
            for (int i = 0; i < 200; i++) {
                ObjectSpec named = changedObject(CORPUS.exampleSpec(Split.TRAIN, 4, i, kind));
                String look = named.iconSet() + named.hueShift();
                assertEquals(look, looks.computeIfAbsent(named.concept(), c -> look));
            }
    }

    @Test
    void heldOutSubjectsAreShownNotOnlyNamed() {
        for (TaskKind kind : List.of(TaskKind.ADD, TaskKind.REPLACE))
            for (int i = 0; i < 50; i++) {
                ExampleSpec unseenSubject = CORPUS.exampleSpec(Split.UNSEEN_SUBJECT, 5, i, kind),
                        unseenStyle = CORPUS.exampleSpec(Split.UNSEEN_STYLE, 5, i, kind);
                assertFalse(Split.isHeldOut(
                        Concept.byName(changedObject(unseenSubject).concept())));
                assertTrue(unseenSubject.source().objects().stream()
                        .anyMatch(o -> Split.isHeldOut(Concept.byName(o.concept()))));
                assertNotEquals(Split.HELD_OUT_STYLE, changedObject(unseenStyle).iconSet());
                assertTrue(unseenStyle.source().objects().stream()
                        .anyMatch(o -> o.iconSet().equals(Split.HELD_OUT_STYLE)));
            }
    }

    @Test
    void aSceneHasFewBackgroundsAndNoTwoObjectsOfAConcept() {
        Set<Long> seeds = new HashSet<>();
        for (SceneSpec scene : scenesOfTrainingExamples()) {
            seeds.add(scene.seed());
            List<String> concepts =
                    scene.objects().stream().map(ObjectSpec::concept).toList();
            assertEquals(concepts.size(), new HashSet<>(concepts).size(), concepts.toString());
        }
        assertTrue(seeds.size() <= 3, seeds.toString());
    }

    @Test
    void localEditsChangeNothingOutsideTheMask() {
        for (TaskKind kind : TaskKind.values())
            if (kind.isLocal())
                for (int i = 0; i < 5; i++) {
                    Example e = CORPUS.render(CORPUS.exampleSpec(Split.TRAIN, 9, i, kind));
                    byte[] before = e.source().orElseThrow().rgb(),
                            after = e.target().rgb();
                    for (int p = 0; p < 3 * 64 * 64; p++)
                        assertTrue(e.mask()[p / 3] != 0 || Math.abs((before[p] & 255) - (after[p] & 255)) <= 8);
                    assertTrue(e.boundingBox().area() > 16, e.instruction());
                }
    }

    @Test
    void specificationsSurviveAJsonRoundTripInAllSplits() throws Exception {
        for (Split split : Split.values())
            for (TaskKind kind : TaskKind.values()) {
                if (split == Split.UNSEEN_LOOK && kind != TaskKind.COLOUR && kind != TaskKind.TEXTURE) continue;
                ExampleSpec spec = CORPUS.exampleSpec(split, 4, 1, kind);
                assertEquals(spec, Json.MAPPER.readValue(Json.write(spec), ExampleSpec.class));
            }
    }

    private static ObjectSpec changedObject(ExampleSpec spec) {
        return spec.target().objects().stream()
                .filter(o -> o.id() == spec.changedIds().get(0))
                .findFirst()
                .orElseThrow();
    }

    private static List<Object> place(ObjectSpec o) {
        return List.of(o.x(), o.depth(), String.valueOf(o.y()), o.size());
    }

    /** Without resized objects. */
    private static List<ObjectSpec> objectsOfTrainingExamples() {
        List<ObjectSpec> objects = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 1, i);
            if (spec.kind() != TaskKind.RESIZE) objects.addAll(spec.target().objects());
            spec.references().stream().filter(r -> !r.isSource()).forEach(r -> objects.add(r.object()));
        }
        return objects;
    }

    private static List<SceneSpec> scenesOfTrainingExamples() {
        List<SceneSpec> scenes = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 1, i);
            scenes.add(spec.target());
            if (spec.source() != null) scenes.add(spec.source());
        }
        return scenes;
    }
}
