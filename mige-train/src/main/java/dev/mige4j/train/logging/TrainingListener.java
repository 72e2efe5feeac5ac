package dev.mige4j.train.logging;

import dev.mige4j.common.ProgressListener;
import java.util.Map;

/**
 * Progress and metrics of a training. {@link #onProgress} is called with the items {@code images}, {@code features} and
 * {@code steps}, or {@code seconds} where the schedule gives minutes; when it returns false the training saves its
 * state and stops.
 */
@FunctionalInterface
public interface TrainingListener extends ProgressListener {

    /** Ignores everything and never cancels. */
    TrainingListener NONE = (item, done, total) -> true;

    /** Called when a stage of several begins or is skipped, with its name and what is known about it. */
    default void onStage(String description) {}

    /** Receives metrics, averaged since the last call, before the progress of the same step. */
    default void onMetrics(long step, Map<String, Double> metrics) {}

    /** Receives the metrics of a validation. */
    default void onValidation(long step, Map<String, Double> metrics) {}

    /** Receives a sentence about the training for its user. */
    default void onNotice(String notice) {}
}
