package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BenchmarkSampleTest {

    @Test
    void loadsEverySampleOfTheBenchmark() {
        Set<String> ids = new HashSet<>();
        for (BenchmarkSuite suite : BenchmarkSuite.values()) {
            List<BenchmarkSample> all = BenchmarkSample.load(suite, 1000);
            assertEquals(suite == BenchmarkSuite.MULTI_TURN ? 50 : 200, all.size());
            all.forEach(q -> assertTrue(ids.add(q.id())));
            assertEquals(
                    all.size() / 2,
                    all.stream()
                            .filter(q -> q.turns().get(0).split() == Split.SEEN)
                            .count());
            assertTrue(all.stream()
                    .allMatch(q -> suite.isGeneration() == (q.turns().get(0).source() == null)));
            assertEquals(all.subList(0, 7), BenchmarkSample.load(suite, 7));
        }
    }

    @Test
    void chainsTheTurnsOfAMultiTurnSample() {
        for (BenchmarkSample q : BenchmarkSample.load(BenchmarkSuite.MULTI_TURN, 50)) {
            assertTrue(q.turns().size() >= 2 && q.turns().size() <= 4);
            for (int i = 1; i < q.turns().size(); i++)
                assertEquals(q.turns().get(i - 1).target(), q.turns().get(i).source());
        }
    }

    /** The judge puts other scenes in the caption's words. */
    @Test
    void captionContainsTheScenePhrase() {
        for (BenchmarkSuite suite : BenchmarkSuite.values())
            for (BenchmarkSample q : BenchmarkSample.load(suite, 1000))
                for (ExampleSpec item : q.turns())
                    if (suite.isGeneration() || item.kind() == TaskKind.BACKGROUND)
                        assertTrue(
                                item.targetCaption()
                                        .contains(Corpus.scenePhrases()
                                                .get(item.target().scene())),
                                item.targetCaption());
    }
}
