package dev.mige4j.train.logging;

import dev.mige4j.common.ProgressListener;
import java.util.Map;

/**
 * Progress and metrics of a training. {@link #onProgress} is called with the items {@code images}, {@code features} and
 * {@code steps}; when it returns false the training saves its state and stops.
 */
@FunctionalInterface
public interface TrainingListener extends ProgressListener {

    /** Ignores everything and never cancels. */
    TrainingListener NONE = (item, done, total) -> true;

    /** Receives metrics, averaged since the last call, before the progress of the same step. */
    default void onMetrics(long step, Map<String, Double> metrics) {}
}
