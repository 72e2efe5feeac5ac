package dev.mige4j.corpus.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.benchmark.NanoMigeBench.BenchmarkEntry;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.image.Image;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class NanoMigeBenchTest {

    static final List<BenchmarkEntry> ENTRIES = NanoMigeBench.entries();

    @Test
    void hasTheDocumentedNumberOfEntriesPerSuite() {
        for (String suite : NanoMigeBench.SUITES.subList(0, 5)) {
            List<BenchmarkEntry> entries =
                    ENTRIES.stream().filter(e -> e.suite().equals(suite)).toList();
            assertEquals(200, entries.size(), suite);
            assertEquals(100, entries.stream().filter(BenchmarkEntry::heldOut).count(), suite);
        }
        for (TaskKind kind : List.of(
                TaskKind.ADD,
                TaskKind.REMOVE,
                TaskKind.REPLACE,
                TaskKind.COLOUR,
                TaskKind.TEXTURE,
                TaskKind.BACKGROUND,
                TaskKind.STYLE))
            assertEquals(
                    25,
                    ENTRIES.stream()
                            .filter(e -> e.suite().equals("edit") && e.spec().kind() == kind)
                            .count(),
                    kind.label());
        assertEquals(
                50,
                ENTRIES.stream()
                        .filter(e -> e.suite().equals("multi-turn") && e.turn() == 0)
                        .count());
    }

    @Test
    void composingAgainGivesTheSameSuitesKindsAndSplits() {
        List<BenchmarkEntry> composed = NanoMigeBench.compose(ShapeCorpus.sprites(), CorpusRules.VARIED);
        assertEquals(
                ENTRIES.stream().limit(1000).map(NanoMigeBenchTest::describe).toList(),
                composed.stream().limit(1000).map(NanoMigeBenchTest::describe).toList());
    }

    @Test
    void theStrictSetHasAsManyEntriesAndHoldsOutWordingsToo() {
        List<BenchmarkEntry> strict = NanoMigeBench.entries(CorpusRules.STRICT);
        for (String suite : NanoMigeBench.SUITES.subList(0, 5))
            assertEquals(
                    200, strict.stream().filter(e -> e.suite().equals(suite)).count(), suite);
        for (Split split : List.of(Split.UNSEEN_SUBJECT, Split.UNSEEN_STYLE, Split.UNSEEN_PAIR, Split.UNSEEN_WORDING))
            assertEquals(
                    25,
                    strict.stream()
                            .filter(e ->
                                    e.suite().equals("subject-1") && e.spec().split() == split)
                            .count());
        assertTrue(strict.stream().noneMatch(e -> e.spec().kind() == TaskKind.SUBJECT_3));
        assertTrue(strict.stream()
                .flatMap(e -> e.spec().target().objects().stream())
                .allMatch(ObjectSpec::onGrid));
    }

    @Test
    void composingTheStrictSetAgainGivesTheSameSuitesKindsAndSplits() {
        assertEquals(
                NanoMigeBench.entries(CorpusRules.STRICT).stream()
                        .limit(1000)
                        .map(NanoMigeBenchTest::describe)
                        .toList(),
                NanoMigeBench.compose(ShapeCorpus.sprites(), CorpusRules.STRICT).stream()
                        .limit(1000)
                        .map(NanoMigeBenchTest::describe)
                        .toList());
    }

    private static String describe(BenchmarkEntry e) {
        return e.suite() + " " + e.index() + " " + e.spec().kind() + " "
                + e.spec().split();
    }

    @Test
    void everyTurnEditsTheResultOfThePreviousTurn() {
        for (int i = 1; i < ENTRIES.size(); i++)
            if (ENTRIES.get(i).turn() > 0) {
                assertEquals(ENTRIES.get(i).turn() - 1, ENTRIES.get(i - 1).turn());
                assertEquals(
                        ENTRIES.get(i - 1).spec().target(),
                        ENTRIES.get(i).spec().source());
            }
    }

    @Test
    void heldOutEntriesShowHeldOutSubjects() {
        for (BenchmarkEntry e : ENTRIES)
            if (e.suite().equals("subject-1")) {
                ObjectSpec subject = e.spec().target().objects().get(0);
                Concept concept = Concept.byName(subject.concept());
                assertEquals(e.spec().split() == Split.UNSEEN_SUBJECT, Split.isHeldOut(concept), subject.concept());
                assertEquals(
                        e.spec().split() == Split.UNSEEN_STYLE,
                        subject.iconSet().equals(Split.HELD_OUT_STYLE));
                if (e.spec().split() != Split.UNSEEN_SUBJECT)
                    assertEquals(
                            e.spec().split() == Split.UNSEEN_PAIR,
                            Split.isHeldOut(
                                    concept, Scene.byName(e.spec().target().scene())));
            }
    }

    /** A failure means that the images of the benchmark have changed: results before and after do not compare. */
    @Test
    void rendersTheSameBytesOnEveryMachine() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int i : new int[] {0, 203, 405, 411, 600, 803}) {
            Example e = shapeCorpus(ENTRIES.get(i).spec()).render(ENTRIES.get(i).spec());
            digest.update(e.target().rgb());
            digest.update(e.mask());
            for (Image p : e.references()) digest.update(p.rgb());
        }
        assertEquals(
                "d6111b794fc75bae", HexFormat.of().formatHex(digest.digest()).substring(0, 16));
    }

    private static Corpus shapeCorpus(ExampleSpec spec) {
        List<SceneSpec> specs = new ArrayList<>(List.of(spec.target()));
        if (spec.source() != null) specs.add(spec.source());
        for (ReferenceSpec r : spec.references())
            if (r.object() != null) specs.add(spec.target().withObjects(List.of(r.object())));
        return Corpus.of(ShapeCorpus.spritesFor(specs), 64, TaskMix.JOINT);
    }
}
