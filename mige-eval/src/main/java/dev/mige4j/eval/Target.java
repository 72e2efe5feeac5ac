package dev.mige4j.eval;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    /**
     * The result of a row for a target.
     *
     * @param estimate the measured value; empty when no score counts
     */
    public record TargetResult(Target target, String row, Optional<BootstrapEstimate> estimate) {

        /** Whether the measured value reaches the threshold. */
        public boolean reached() {
            return estimate.isPresent()
                    && (target.metric.higherIsBetter()
                            ? estimate.get().value() >= target.threshold
                            : estimate.get().value() <= target.threshold);
        }

        /** Whether the complete 95 % confidence interval reaches the threshold. */
        public boolean reachedWithConfidence() {
            return estimate.isPresent()
                    && (target.metric.higherIsBetter()
                            ? estimate.get().low() >= target.threshold
                            : estimate.get().high() <= target.threshold);
        }

        /** {@code reached}, {@code reached, not significant}, {@code missed}, or {@code not measured}. */
        public String status() {
            if (estimate.isEmpty()) return "not measured";
            if (!reached()) return "missed";
            return reachedWithConfidence() ? "reached" : "reached, not significant";
        }
    }

    /** {@code ≤ 1.50 ×}, {@code ≥ 70.0 %}. */
    public String thresholdText() {
        return (metric.higherIsBetter() ? "≥ " : "≤ ") + format(threshold);
    }

    String format(double value) {
        if (baseline.isEmpty()) return metric.format(value);
        return Double.isInfinite(value) ? "∞" : String.format(Locale.ROOT, "%.2f ×", value);
    }

    TargetResult evaluate(String row, Collection<Score> scores) {
        Map<String, Double> baselineValues = new HashMap<>();
        baseline.ifPresent(name -> {
            for (Score score : matching(name, scores))
                baselineValues.put(turnKey(score), score.metrics().get(metric));
        });
        List<Double> values = new ArrayList<>(), denominators = new ArrayList<>();
        for (Score score : matching(row, scores)) {
            Double denominator = baseline.isEmpty() ? Double.valueOf(1) : baselineValues.get(turnKey(score));
            if (denominator == null) continue;
            values.add(score.metrics().get(metric));
            denominators.add(denominator);
        }
        return new TargetResult(
                this,
                row,
                values.isEmpty()
                        ? Optional.empty()
                        : Optional.of(BootstrapEstimate.ratio(toArray(values), toArray(denominators))));
    }

    private static String turnKey(Score score) {
        return score.sample() + "/" + score.turn();
    }

    private List<Score> matching(String row, Collection<Score> scores) {
        return scores.stream()
                .filter(s -> s.row().equals(row)
                        && suites.stream().anyMatch(suite -> suite.label().equals(s.suite()))
                        && filter.test(s)
                        && s.metrics().containsKey(metric))
                .toList();
    }

    static double[] toArray(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
