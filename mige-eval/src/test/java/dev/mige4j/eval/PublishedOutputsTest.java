package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.EmuEdit;
import dev.mige4j.eval.metric.Metric;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishedOutputsTest {

    private static final Path GENERATIONS =
            Path.of("../../shared/eval/bench_samples/emu_edit/emu_edit_test_set_generations");

    @TempDir
    Path folder;

    @Test
    void areARowOfTheTableWithoutAModel() {
        Assumptions.assumeTrue(Files.isDirectory(GENERATIONS));
        Benchmark benchmark = EmuEdit.load(GENERATIONS, false);
        assertEquals(Set.of("emu-edit"), benchmark.publishedOutputs().keySet());
        EvaluationResult result =
                Evaluation.run(benchmark, new EvaluationPlan(List.of(), 0, folder, 2), ProgressListener.NONE);
        assertTrue(
                result.summary().groups().get(0).estimate("emu-edit", Metric.L1).isPresent(), result.table());
    }
}
