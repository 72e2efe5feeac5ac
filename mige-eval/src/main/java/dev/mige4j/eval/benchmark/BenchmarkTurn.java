package dev.mige4j.eval.benchmark;

import dev.mige4j.eval.metric.Metric;
import dev.mige4j.image.Image;
import dev.mige4j.task.Task;
import java.util.Map;
import java.util.Optional;

/** One request of a {@link BenchmarkSample}, with its images rendered. */
public interface BenchmarkTurn {

    /** The kind of request, such as {@code remove}; the reports group by it. */
    String kind();

    /** The part of the data, such as {@code seen} or {@code unseen subject}; the reports group by it. */
    String split();

    /**
     * The task for the model.
     *
     * @param previousOutput the model's output of the turn before; it replaces the source image wherever that is used
     */
    Task task(Optional<Image> previousOutput);

    /** The expected image; empty when the benchmark has none. */
    Optional<Image> target();

    /**
     * Computes all metrics that apply to this turn, except {@link Metric#SECONDS}.
     *
     * @param output the image to score, as large as {@link #target} if there is one
     * @param source the image that was edited: the source, or the output of the turn before; empty for generation
     */
    Map<Metric, Double> score(Image output, Optional<Image> source);
}
