package dev.mige4j.train;

import dev.mige4j.common.UsageException;
import dev.mige4j.train.config.ConfigKey;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Ends a training when its validation no longer improves; what is exported are the weights of the best validation, of
 * which the first is before the first step.
 */
public record EarlyStopping(
        @ConfigKey("validations in a row without an improvement after which the training ends")
        int patience,

        @ConfigKey(value = "metric of the validation", defaultValue = "\"held_out\"")
        String metric,

        @ConfigKey(value = "MIN: the lower the metric the better, MAX: the higher", defaultValue = "\"MIN\"")
        Mode mode,

        @ConfigKey(value = "smallest change that counts as an improvement", defaultValue = "0")
        double minDelta) {

    /** Which values of a metric are better. */
    public enum Mode {
        MIN,
        MAX
    }

    /**
     * The best validation of a training so far.
     *
     * @param value of the metric
     * @param step at which it was reached
     * @param validationsSince validations after it, none of which was better
     */
    record Best(double value, long step, int validationsSince) {}

    public EarlyStopping {
        UsageException.requireNonNull(metric, "trainer.earlyStopping.metric");
        UsageException.requireNonNull(mode, "trainer.earlyStopping.mode");
        if (patience < 1 || !(minDelta >= 0))
            throw new UsageException(
                    "trainer.earlyStopping.patience is %d and minDelta is %s, expected at least 1 and 0.",
                    patience, minDelta);
    }

    /** Whether the training ends. */
    boolean isOver(Best best) {
        return best.validationsSince() >= patience;
    }

    /**
     * The best validation after another one.
     *
     * @param best before it; null: it is the first one
     * @param metrics of the validation
     */
    Best update(Best best, long step, Map<String, Double> metrics) {
        Double value = metrics.get(metric);
        if (value == null)
            throw new UsageException(
                    "trainer.earlyStopping.metric is '%s'; the validation has %s.",
                    metric, metrics.isEmpty() ? "no metrics" : String.join(", ", new TreeMap<>(metrics).keySet()));
        return best == null || isBetter(value, best.value())
                ? new Best(value, step, 0)
                : new Best(best.value(), best.step(), best.validationsSince() + 1);
    }

    /** What was kept, as a sentence. */
    String result(Best best, long step) {
        return String.format(
                Locale.ROOT,
                "%s after step %d; kept is step %d, whose %s is %.4g.",
                isOver(best) ? "stopped early" : "finished",
                step,
                best.step(),
                metric,
                best.value());
    }

    private boolean isBetter(double value, double best) {
        if (Double.isNaN(best)) return !Double.isNaN(value);
        return mode == Mode.MIN ? value < best - minDelta : value > best + minDelta;
    }
}
