package dev.mige4j.train.logging;

import java.time.Duration;
import java.util.Map;

/** Hears how a training goes on, and may end it; it then saves its state first. */
@FunctionalInterface
public interface TrainingListener {

    TrainingListener NONE = (done, total, remaining, metrics) -> true;

    /**
     * @param done units done (steps of a training, pictures of a preparation)
     * @param total units in all
     * @param remaining time that the rest will take at the present speed
     * @param metrics loss, rate and the like, averaged since the last call
     * @return false to stop here
     */
    boolean onProgress(long done, long total, Duration remaining, Map<String, Double> metrics);
}
