package dev.mige4j.eval.benchmark;

import dev.mige4j.eval.metric.Metric;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A value that the mean of a metric should reach, over the scores of some suites.
 *
 * @param description name of the measured quantity in the reports
 * @param metric the metric that is averaged; {@link Metric#higherIsBetter} decides the direction
 * @param suites the suites whose scores count
 * @param filter which of their scores count
 * @param baseline a row whose mean over the same samples divides the model's; empty for an absolute value
 * @param threshold the value to reach
 */
public record Target(
        String description,
        Metric metric,
        Set<BenchmarkSuite> suites,
        Predicate<Score> filter,
        Optional<String> baseline,
        double threshold) {

    public Target {
        suites = Set.copyOf(suites);
    }

    /** {@code ≤ 1.50 ×}, {@code ≥ 70.0 %}. */
    public String thresholdText() {
        return (metric.higherIsBetter() ? "≥ " : "≤ ") + format(threshold);
    }

    /** A value with its unit, or as a multiple of the baseline. */
    public String format(double value) {
        if (baseline.isEmpty()) return metric.format(value);
        return Double.isInfinite(value) ? "∞" : String.format(Locale.ROOT, "%.2f ×", value);
    }
}
