package dev.mige4j.eval.nano;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.benchmark.NanoMigeBench;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class NanoSampleTest {

    static final Map<NanoSuite, List<NanoSample>> ALL = Arrays.stream(NanoSuite.values())
            .collect(Collectors.toMap(suite -> suite, suite -> NanoSample.load(CorpusRules.VARIED, suite)));

    @Test
    void loadsEverySampleOfTheBenchmark() {
        Set<String> ids = new HashSet<>();
        for (NanoSuite suite : NanoSuite.values()) {
            List<NanoSample> all = ALL.get(suite);
            assertEquals(suite == NanoSuite.MULTI_TURN ? 50 : 200, all.size());
            all.forEach(sample -> assertTrue(ids.add(sample.id())));
            assertEquals(
                    all.size() / 2,
                    all.stream()
                            .filter(sample -> sample.turns().get(0).split() == Split.SEEN)
                            .count());
            assertTrue(all.stream()
                    .allMatch(sample ->
                            suite.isGeneration() == (sample.turns().get(0).source() == null)));
        }
    }

    @Test
    void samplesOfTheTwoSetsHaveDifferentIds() {
        assertEquals("edit-003", ALL.get(NanoSuite.EDIT).get(3).id());
        assertEquals(
                "strict-edit-003",
                NanoSample.load(CorpusRules.STRICT, NanoSuite.EDIT).get(3).id());
    }

    @Test
    void hasTheSuitesOfTheBenchmark() {
        assertEquals(
                NanoMigeBench.SUITES,
                Arrays.stream(NanoSuite.values()).map(NanoSuite::label).toList());
    }

    @Test
    void chainsTheTurnsOfAMultiTurnSample() {
        for (NanoSample sample : ALL.get(NanoSuite.MULTI_TURN)) {
            assertTrue(sample.turns().size() >= 2 && sample.turns().size() <= 4);
            for (int i = 1; i < sample.turns().size(); i++)
                assertEquals(
                        sample.turns().get(i - 1).target(),
                        sample.turns().get(i).source());
        }
    }

    @Test
    void rejectsTurnsThatDoNotFollowEachOther() {
        List<NanoSample> samples = ALL.get(NanoSuite.EDIT);
        List<ExampleSpec> unrelated =
                List.of(samples.get(0).turns().get(0), samples.get(1).turns().get(0));
        var e = assertThrows(
                IllegalArgumentException.class, () -> new NanoSample("x", NanoSuite.MULTI_TURN, unrelated));
        assertEquals("The source of turn 2 of sample x is not the target of turn 1.", e.getMessage());
    }

    /** Scene accuracy replaces the scene phrase in the caption. */
    @Test
    void captionContainsTheScenePhrase() {
        for (NanoSuite suite : NanoSuite.values())
            for (NanoSample sample : ALL.get(suite))
                for (ExampleSpec item : sample.turns())
                    if (suite.isGeneration() || item.kind() == TaskKind.BACKGROUND)
                        assertTrue(
                                item.targetCaption()
                                        .contains(Corpus.scenePhrases()
                                                .get(item.target().scene())),
                                item.targetCaption());
    }
}
