package dev.mige4j.eval.benchmark;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The metrics of one output: a line of {@code scores.jsonl}.
 *
 * @param row name of the model or baseline
 * @param provenance identifies everything that the scores depend on: weights, settings, seed, image size, embedding
 *     model
 * @param output the first 16 digits of the SHA-256 of the file that was measured; empty without a file
 * @param sample id of the sample
 * @param turn from 0; above 0 in multi-turn samples only
 * @param suite label of the suite
 * @param kind kind of the request, such as {@code remove}
 * @param split part of the data, such as {@code unseen subject}
 * @param metrics the metrics that apply, with the reason where one could not be computed
 */
public record Score(
        String row,
        String provenance,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) String output,
        String sample,
        int turn,
        String suite,
        String kind,
        String split,
        Map<Metric, MetricValue> metrics) {

    public Score {
        output = output == null ? "" : output;
        if (Stream.of(row, provenance, sample, suite, kind, split, metrics).anyMatch(Objects::isNull)
                || metrics.values().stream().anyMatch(Objects::isNull))
            throw new IllegalArgumentException("a field is missing");
    }

    /** A score without a file, whose metrics all have a number. */
    public Score(
            String row,
            String provenance,
            String sample,
            int turn,
            String suite,
            String kind,
            String split,
            Map<Metric, Double> numbers) {
        this(row, provenance, "", sample, turn, suite, kind, split, values(numbers));
    }

    private static Map<Metric, MetricValue> values(Map<Metric, Double> numbers) {
        Map<Metric, MetricValue> values = new EnumMap<>(Metric.class);
        numbers.forEach((metric, number) -> values.put(metric, MetricValue.of(number)));
        return values;
    }

    /** The number of a metric; empty when it does not apply or could not be computed. */
    public OptionalDouble number(Metric metric) {
        MetricValue value = metrics.get(metric);
        return value == null || !value.isPresent() ? OptionalDouble.empty() : OptionalDouble.of(value.number());
    }

    /** This score with more metrics. */
    public Score with(Map<Metric, MetricValue> added) {
        Map<Metric, MetricValue> all = new EnumMap<>(Metric.class);
        all.putAll(metrics);
        all.putAll(added);
        return new Score(row, provenance, output, sample, turn, suite, kind, split, all);
    }
}
