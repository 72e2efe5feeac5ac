package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.eval.nano.NanoSuite;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NanoEvaluationTest {

    @Test
    void evaluatesAllSuitesByDefault() {
        assertEquals(
                Set.of(NanoSuite.values()),
                new NanoEvaluation.Samples(CorpusRules.STRICT, Set.of(), 0, 1, Path.of("corpus")).suites());
    }

    @Test
    void rejectsInvalidNumbersOfSamples() {
        assertEquals(
                "0 samples per suite, expected 1 or more",
                assertThrows(
                                UsageException.class,
                                () -> new NanoEvaluation.Samples(CorpusRules.STRICT, Set.of(), 0, 0, Path.of("corpus")))
                        .getMessage());
        assertEquals(
                "-1 report samples per suite, expected 0 or more",
                assertThrows(UsageException.class, () -> new NanoEvaluation.Output(Path.of("out"), -1))
                        .getMessage());
    }

    @Test
    void rejectsAPlanWithoutModels(@TempDir Path folder) {
        assertEquals(
                "There is no model to evaluate.",
                assertThrows(
                                UsageException.class,
                                () -> Evaluation.run(
                                        FakeBenchmark.of(1),
                                        new EvaluationPlan(List.of(), 0, folder, 2),
                                        ProgressListener.NONE))
                        .getMessage());
    }
}
