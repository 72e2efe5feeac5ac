package dev.mige4j.eval.report;

import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The mean of a metric over a group of samples.
 *
 * @param estimate empty when no sample has a value
 * @param missing the samples that lack a value, by the reason
 */
public record MetricMean(Optional<BootstrapEstimate> estimate, Map<String, List<String>> missing) {

    /** The mean over the scores that have the metric; empty when it applies to none of them. */
    static Optional<MetricMean> of(Metric metric, Collection<Score> scores) {
        List<Double> values = new ArrayList<>();
        Map<String, List<String>> missing = new TreeMap<>();
        for (Score score : scores) {
            MetricValue value = score.metrics().get(metric);
            if (value == null) continue;
            if (value.isPresent()) values.add(value.number());
            else
                missing.computeIfAbsent(value.reason(), reason -> new ArrayList<>())
                        .add(label(score));
        }
        if (values.isEmpty() && missing.isEmpty()) return Optional.empty();
        Optional<BootstrapEstimate> estimate = values.isEmpty()
                ? Optional.empty()
                : Optional.of(BootstrapEstimate.mean(
                        values.stream().mapToDouble(Double::doubleValue).toArray()));
        return Optional.of(new MetricMean(estimate, missing));
    }

    /** The sample, with the turn where it is not the first. */
    private static String label(Score score) {
        return score.turn() == 0 ? score.sample() : score.sample() + ", turn " + (score.turn() + 1);
    }

    /** The number of samples that have a value. */
    public int measuredCount() {
        return estimate.map(BootstrapEstimate::sampleCount).orElse(0);
    }

    /** The number of samples that the metric applies to. */
    public int sampleCount() {
        return measuredCount() + missing.values().stream().mapToInt(List::size).sum();
    }
}
