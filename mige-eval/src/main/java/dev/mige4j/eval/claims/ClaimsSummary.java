package dev.mige4j.eval.claims;

import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.report.BootstrapEstimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The results of the experiment: the mean of each metric over seeds, and the difference of each comparison.
 *
 * <p>The 95 % intervals are those of a bootstrap with two levels, {@value #RESAMPLES} times: seeds are resampled, and
 * samples, the same ones for all seeds and for both sides of a comparison. With two seeds the interval hardly knows how
 * much seeds differ, so the means of the seeds are given too, and a verdict needs them to agree.
 *
 * @param tasks the means of the rows for each task
 * @param claims the differences for each claim
 */
public record ClaimsSummary(Map<ClaimTask, List<Row>> tasks, List<ClaimResult> claims) {

    static final int RESAMPLES = 1000;
    private static final long RESAMPLING_SEED = 20250228;

    /**
     * The metrics of a variant, or of a baseline, on a task.
     *
     * @param name label of the variant or name of the baseline
     * @param samples of the benchmark; if there are none, held-out examples
     * @param means over seeds and samples
     * @param bySeed the mean of each seed; one mean for a baseline
     */
    public record Row(String name, int samples, Map<Metric, BootstrapEstimate> means, Map<Metric, double[]> bySeed) {}

    /**
     * The difference of a comparison in one metric, with the sign that makes more than 0 better.
     *
     * @param treatment the mean over seeds
     * @param control the same
     * @param bySeed the mean improvement of each seed
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Difference(
            Metric metric, double treatment, double control, BootstrapEstimate improvement, double[] bySeed) {

        /** What it says about a claim that the treatment is better. */
        public ClaimVerdict verdict() {
            return ClaimVerdict.of(improvement, bySeed);
        }
    }

    /** The differences of a comparison, in the order of the task's metrics, as far as they were measured. */
    public record ComparisonResult(ClaimComparison comparison, List<Difference> differences) {}

    /** The comparisons of a claim. */
    public record ClaimResult(Claim claim, List<ComparisonResult> comparisons) {

        /** The difference that decides; empty when it was not measured. */
        public Optional<Difference> deciding() {
            ComparisonResult first = comparisons.get(0);
            return first.differences.stream()
                    .filter(d -> d.metric == first.comparison.task().metrics().get(0))
                    .findFirst();
        }

        /** The verdict of the deciding difference. */
        public ClaimVerdict verdict() {
            return deciding().map(Difference::verdict).orElse(ClaimVerdict.NOT_MEASURED);
        }
    }

    /**
     * Summarises scores.
     *
     * @param seeds 1 to this number
     * @param baselines names of rows that have no seed
     */
    static ClaimsSummary of(Collection<Score> scores, int seeds, List<String> baselines) {
        Map<String, List<Score>> byRow = new HashMap<>();
        for (Score score : scores)
            byRow.computeIfAbsent(score.row(), r -> new ArrayList<>()).add(score);
        Map<ClaimTask, List<Row>> tasks = new EnumMap<>(ClaimTask.class);
        for (ClaimTask task : ClaimTask.values()) {
            List<Row> rows = new ArrayList<>();
            for (ClaimVariant variant : ClaimVariant.values()) {
                List<List<Score>> bySeed = new ArrayList<>();
                for (int seed = 1; seed <= seeds; seed++)
                    bySeed.add(byRow.getOrDefault(new ClaimRun(variant, seed).name(), List.of()));
                row(variant.label(), task, bySeed).ifPresent(rows::add);
            }
            for (String baseline : baselines)
                row(baseline, task, List.of(byRow.getOrDefault(baseline, List.of())))
                        .ifPresent(rows::add);
            tasks.put(task, rows);
        }
        List<ClaimResult> claims = new ArrayList<>();
        for (Claim claim : Claim.values())
            claims.add(new ClaimResult(
                    claim,
                    claim.comparisons().stream()
                            .map(comparison -> compare(comparison, byRow, seeds))
                            .toList()));
        return new ClaimsSummary(tasks, claims);
    }

    private static Optional<Row> row(String name, ClaimTask task, List<List<Score>> bySeed) {
        Map<Metric, BootstrapEstimate> means = new EnumMap<>(Metric.class);
        Map<Metric, double[]> meansBySeed = new EnumMap<>(Metric.class);
        int samples = 0;
        for (Metric metric : task.metrics()) {
            double[][] values = commonValues(bySeed.stream()
                    .map(scores -> valuesBySample(scores, task, metric))
                    .toList());
            if (values[0].length == 0) continue;
            if (metric != Metric.HELD_OUT_LOSS || samples == 0) samples = Math.max(samples, values[0].length);
            means.put(metric, bootstrap(values));
            meansBySeed.put(
                    metric,
                    Arrays.stream(values).mapToDouble(ClaimsSummary::mean).toArray());
        }
        return means.isEmpty() ? Optional.empty() : Optional.of(new Row(name, samples, means, meansBySeed));
    }

    private static ComparisonResult compare(ClaimComparison comparison, Map<String, List<Score>> byRow, int seeds) {
        List<Difference> differences = new ArrayList<>();
        for (Metric metric : comparison.task().metrics())
            difference(comparison, metric, byRow, seeds).ifPresent(differences::add);
        return new ComparisonResult(comparison, differences);
    }

    private static Optional<Difference> difference(
            ClaimComparison comparison, Metric metric, Map<String, List<Score>> byRow, int seeds) {
        List<Map<String, Double>> sides = new ArrayList<>(); // treatment and control of each seed in turn
        for (int seed = 1; seed <= seeds; seed++)
            for (String row : List.of(new ClaimRun(comparison.treatment(), seed).name(), comparison.controlRow(seed)))
                sides.add(valuesBySample(byRow.getOrDefault(row, List.of()), comparison.task(), metric));
        double[][] values = commonValues(sides);
        if (values[0].length == 0) return Optional.empty();
        double sign = metric.higherIsBetter() ? 1 : -1, treatment = 0, control = 0;
        double[][] improvements = new double[seeds][values[0].length];
        for (int seed = 0; seed < seeds; seed++) {
            double[] a = values[2 * seed], b = values[2 * seed + 1];
            for (int i = 0; i < a.length; i++) improvements[seed][i] = sign * (a[i] - b[i]);
            treatment += mean(a) / seeds;
            control += mean(b) / seeds;
        }
        return Optional.of(new Difference(
                metric,
                treatment,
                control,
                bootstrap(improvements),
                Arrays.stream(improvements).mapToDouble(ClaimsSummary::mean).toArray()));
    }

    private static Map<String, Double> valuesBySample(List<Score> scores, ClaimTask task, Metric metric) {
        Map<String, Double> values = new TreeMap<>();
        for (Score score : scores) {
            OptionalDouble number = score.number(metric);
            if (task.contains(score) && number.isPresent())
                values.put(score.sample() + "/" + score.turn(), number.getAsDouble());
        }
        return values;
    }

    /** [maps, samples]: the values of the samples that all maps have. */
    private static double[][] commonValues(List<Map<String, Double>> maps) {
        TreeSet<String> samples = new TreeSet<>(maps.get(0).keySet());
        maps.forEach(map -> samples.retainAll(map.keySet()));
        return maps.stream()
                .map(map -> samples.stream().mapToDouble(map::get).toArray())
                .toArray(double[][]::new);
    }

    /** The mean of values [seeds, samples] with its interval. */
    static BootstrapEstimate bootstrap(double[][] values) {
        int seeds = values.length, samples = values[0].length;
        Random random = new Random(RESAMPLING_SEED);
        double[] means = new double[RESAMPLES];
        int[] drawn = new int[samples];
        for (int r = 0; r < RESAMPLES; r++) {
            for (int i = 0; i < samples; i++) drawn[i] = random.nextInt(samples);
            double sum = 0;
            for (int s = 0; s < seeds; s++) {
                double[] ofSeed = values[random.nextInt(seeds)];
                for (int i : drawn) sum += ofSeed[i];
            }
            means[r] = sum / (seeds * samples);
        }
        Arrays.sort(means);
        double mean =
                Arrays.stream(values).mapToDouble(ClaimsSummary::mean).average().orElseThrow();
        return new BootstrapEstimate(
                mean, means[RESAMPLES / 40], means[RESAMPLES - 1 - RESAMPLES / 40], seeds * samples);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(0);
    }
}
