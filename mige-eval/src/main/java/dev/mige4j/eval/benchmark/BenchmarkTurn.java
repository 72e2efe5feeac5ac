package dev.mige4j.eval.benchmark;

import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import dev.mige4j.task.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One request of a {@link BenchmarkSample}, and what its output is compared with. Images are read when they are asked
 * for; a missing or damaged one is a {@link dev.mige4j.common.UsageException}, which the evaluation records for the
 * sample.
 */
public interface BenchmarkTurn {

    /** The kind of request, such as {@code remove}; the reports group by it. */
    String kind();

    /** The part of the data, such as {@code seen} or {@code unseen subject}; the reports group by it. */
    String split();

    /**
     * The task for the model.
     *
     * @param previousOutput the model's output of the turn before, empty in the first; a benchmark of successive edits
     *     takes it for the source image wherever that is used
     */
    Task task(Optional<Image> previousOutput);

    /**
     * The task in words alone, for a model that was trained on text-only instructions: what images would show is named.
     * By default the same as {@link #task}.
     */
    default Task textOnlyTask(Optional<Image> previousOutput) {
        return task(previousOutput);
    }

    /** The expected image; empty when the benchmark has none. */
    Optional<Image> target();

    /** Whether the output is scored; otherwise it is only the input of the next turn. */
    default boolean isScored() {
        return true;
    }

    /** What the output is compared with, a comparison for each metric. */
    default List<Comparison> comparisons() {
        return List.of();
    }

    /**
     * Computes metrics that only this benchmark has, in addition to the {@link #comparisons}.
     *
     * @param output the image to score
     * @param previousOutput as in {@link #task}
     */
    default Map<Metric, MetricValue> measure(Image output, Optional<Image> previousOutput) {
        return Map.of();
    }
}
