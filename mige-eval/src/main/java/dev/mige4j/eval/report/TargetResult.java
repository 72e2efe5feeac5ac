package dev.mige4j.eval.report;

import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.benchmark.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The result of a row for a target.
 *
 * @param estimate the measured value; empty when no score counts
 */
public record TargetResult(Target target, String row, Optional<BootstrapEstimate> estimate) {

    /** Averages the scores of a row that count for a target. */
    public static TargetResult of(Target target, String row, Collection<Score> scores) {
        Map<String, Double> baselineValues = new HashMap<>();
        target.baseline().ifPresent(name -> {
            for (Score score : matching(target, name, scores))
                baselineValues.put(turnKey(score), score.number(target.metric()).orElseThrow());
        });
        List<Double> values = new ArrayList<>(), denominators = new ArrayList<>();
        for (Score score : matching(target, row, scores)) {
            Double denominator = target.baseline().isEmpty() ? Double.valueOf(1) : baselineValues.get(turnKey(score));
            if (denominator == null) continue;
            values.add(score.number(target.metric()).orElseThrow());
            denominators.add(denominator);
        }
        return new TargetResult(
                target,
                row,
                values.isEmpty()
                        ? Optional.empty()
                        : Optional.of(BootstrapEstimate.ratio(toArray(values), toArray(denominators))));
    }

    /** Whether the measured value reaches the threshold. */
    public boolean reached() {
        return estimate.isPresent()
                && (target.metric().higherIsBetter()
                        ? estimate.get().value() >= target.threshold()
                        : estimate.get().value() <= target.threshold());
    }

    /** Whether the complete 95 % confidence interval reaches the threshold. */
    public boolean reachedWithConfidence() {
        return estimate.isPresent()
                && (target.metric().higherIsBetter()
                        ? estimate.get().low() >= target.threshold()
                        : estimate.get().high() <= target.threshold());
    }

    /** {@code reached}, {@code reached, not significant}, {@code missed}, or {@code not measured}. */
    public String status() {
        if (estimate.isEmpty()) return "not measured";
        if (!reached()) return "missed";
        return reachedWithConfidence() ? "reached" : "reached, not significant";
    }

    private static String turnKey(Score score) {
        return score.sample() + "/" + score.turn();
    }

    private static List<Score> matching(Target target, String row, Collection<Score> scores) {
        return scores.stream()
                .filter(s -> s.row().equals(row)
                        && target.suites().stream()
                                .anyMatch(suite -> suite.label().equals(s.suite()))
                        && target.filter().test(s)
                        && s.number(target.metric()).isPresent())
                .toList();
    }

    static double[] toArray(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
