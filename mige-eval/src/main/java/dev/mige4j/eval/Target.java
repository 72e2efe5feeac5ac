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
 * A figure that the project set itself to reach, with the suites it is taken over.
 *
 * @param description in words
 * @param metric what is averaged
 * @param suites over which questions
 * @param filter over which of their scores
 * @param baseline the row whose mean divides the model's, over the same questions; empty: none does
 * @param threshold the bar
 */
public record Target(
        String description,
        Metric metric,
        Set<BenchmarkSuite> suites,
        Predicate<Score> filter,
        Optional<String> baseline,
        double threshold) {

    private static final Set<BenchmarkSuite>
            GENERATION = Set.of(BenchmarkSuite.SINGLE_SUBJECT, BenchmarkSuite.MULTI_SUBJECT),
            EDIT = Set.of(BenchmarkSuite.EDIT),
            SUBJECT_EDIT = Set.of(BenchmarkSuite.SUBJECT_ADD, BenchmarkSuite.SUBJECT_REPLACE);
    private static final Predicate<Score> ANY_SCORE = score -> true, UNSEEN_SUBJECT = Score::unseenSubject;

    /** The project's bars. Unseen subjects are things or styles that no training picture holds. */
    public static final List<Target> ALL_TARGETS = List.of(
            new Target(
                    "edit: L1 outside the mask, relative to the oracle's",
                    Metric.L1_OUTSIDE,
                    EDIT,
                    ANY_SCORE,
                    Optional.of("oracle"),
                    1.5),
            new Target(
                    "edit: L1 inside the mask, relative to copy-source's",
                    Metric.L1_INSIDE,
                    EDIT,
                    ANY_SCORE,
                    Optional.of("copy-source"),
                    0.6),
            new Target("edit: success", Metric.SUCCESS, EDIT, ANY_SCORE, Optional.empty(), 0.70),
            new Target(
                    "subject generation: identity among 50, seen subjects",
                    Metric.IDENTITY,
                    GENERATION,
                    UNSEEN_SUBJECT.negate(),
                    Optional.empty(),
                    0.60),
            new Target(
                    "subject generation: identity among 50, unseen subjects",
                    Metric.IDENTITY,
                    GENERATION,
                    UNSEEN_SUBJECT,
                    Optional.empty(),
                    0.40),
            new Target(
                    "subject generation: scene recognised",
                    Metric.SCENE,
                    GENERATION,
                    ANY_SCORE,
                    Optional.empty(),
                    0.80),
            new Target("subject add/replace: success", Metric.SUCCESS, SUBJECT_EDIT, ANY_SCORE, Optional.empty(), 0.60),
            new Target(
                    "subject add/replace: identity among 50, seen subjects",
                    Metric.IDENTITY,
                    SUBJECT_EDIT,
                    UNSEEN_SUBJECT.negate(),
                    Optional.empty(),
                    0.60),
            new Target(
                    "subject add/replace: identity among 50, unseen subjects",
                    Metric.IDENTITY,
                    SUBJECT_EDIT,
                    UNSEEN_SUBJECT,
                    Optional.empty(),
                    0.40),
            new Target(
                    "seconds a picture",
                    Metric.SECONDS,
                    Set.of(BenchmarkSuite.values()),
                    ANY_SCORE,
                    Optional.empty(),
                    3.0));

    /** Whether a row reached a bar; the estimate is empty when nothing was measured. */
    public record TargetResult(Target target, String row, Optional<BootstrapEstimate> estimate) {

        public boolean reached() {
            return estimate.isPresent()
                    && (target.metric.higherIsBetter()
                            ? estimate.get().value() >= target.threshold
                            : estimate.get().value() <= target.threshold);
        }

        /** Whether the whole 95 % interval lies on the good side, so that it is no luck of these questions. */
        public boolean reachedWithConfidence() {
            return estimate.isPresent()
                    && (target.metric.higherIsBetter()
                            ? estimate.get().low() >= target.threshold
                            : estimate.get().high() <= target.threshold);
        }

        /** reached, missed, or not measured. */
        public String status() {
            return estimate.isEmpty()
                    ? "not measured"
                    : reached() ? reachedWithConfidence() ? "reached" : "reached, within chance" : "missed";
        }
    }

    /** {@code ≤ 1.50 ×}, {@code ≥ 70.0 %}. */
    public String thresholdText() {
        return (metric.higherIsBetter() ? "≥ " : "≤ ") + format(threshold);
    }

    String format(double value) {
        return baseline.isEmpty()
                ? metric.format(value)
                : Double.isInfinite(value) ? "∞" : String.format(Locale.ROOT, "%.2f ×", value);
    }

    TargetResult evaluate(String row, Collection<Score> scores) {
        Map<String, Double> baselineValues = new HashMap<>();
        if (baseline.isPresent())
            for (Score score : matching(baseline.get(), scores))
                baselineValues.put(
                        score.sample() + "/" + score.turn(), score.metrics().get(metric));
        List<Double> values = new ArrayList<>(), denominators = new ArrayList<>();
        for (Score score : matching(row, scores)) {
            Double denominator =
                    baseline.isEmpty() ? Double.valueOf(1) : baselineValues.get(score.sample() + "/" + score.turn());
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

    private List<Score> matching(String row, Collection<Score> scores) {
        return scores.stream()
                .filter(s -> s.row().equals(row)
                        && suites.contains(s.suite())
                        && filter.test(s)
                        && s.metrics().containsKey(metric))
                .toList();
    }

    static double[] toArray(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
