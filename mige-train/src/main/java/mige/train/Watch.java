package mige.train;

import java.time.Duration;
import java.util.Map;

/** Hears how a training goes on, and may end it; it then saves its state first. */
@FunctionalInterface
public interface Watch {

    Watch NONE = (done, of, left, figures) -> true;

    /**
     * @param done    units done (steps of a training, pictures of a preparation)
     * @param of      units in all
     * @param left    time that the rest will take at the present speed
     * @param figures loss, rate and the like, averaged since the last call
     * @return false to stop here
     */
    boolean step(long done, long of, Duration left, Map<String, Double> figures);
}
