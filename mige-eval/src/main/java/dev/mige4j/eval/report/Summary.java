package dev.mige4j.eval.report;

import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.ProtocolNote;
import dev.mige4j.eval.benchmark.PublishedValue;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.benchmark.ScoreSubset;
import dev.mige4j.eval.benchmark.Target;
import dev.mige4j.eval.metric.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The means of all metrics with their confidence intervals, by group of samples, and what they are compared with.
 *
 * @param title name of the benchmark
 * @param metadata facts for the head of the reports
 * @param rows names of models and baselines in the order of the tables, the models first
 * @param groups each suite, followed by its subsets, its kinds or turns, and its splits
 * @param targetResults each target for each model
 * @param publication what the paper says about the benchmark
 */
public record Summary(
        String title,
        Map<String, String> metadata,
        List<String> rows,
        List<Group> groups,
        List<TargetResult> targetResults,
        Publication publication) {

    /** The criterion by which samples are grouped. */
    public enum Grouping {
        SUITE,
        SUBSET,
        KIND,
        TURN,
        SPLIT
    }

    /**
     * The metrics of a group of samples.
     *
     * @param name value of the grouping: label of the suite or subset, kind, turn, or split
     * @param sampleCount number of samples (with several turns: of turns) in the group
     */
    public record Group(
            BenchmarkSuite suite,
            Grouping grouping,
            String name,
            int sampleCount,
            Map<String, Map<Metric, MetricMean>> meansByRow) {

        /** The metrics that at least one row has. */
        public List<Metric> metrics() {
            return Arrays.stream(Metric.values())
                    .filter(m -> meansByRow.values().stream().anyMatch(r -> r.containsKey(m)))
                    .toList();
        }

        /** The mean of a metric with the samples that lack it; empty when the metric does not apply to the row. */
        public Optional<MetricMean> mean(String row, Metric metric) {
            return Optional.ofNullable(meansByRow.getOrDefault(row, Map.of()).get(metric));
        }

        /** The mean of a metric; empty when the row has no value for it. */
        public Optional<BootstrapEstimate> estimate(String row, Metric metric) {
            return mean(row, metric).flatMap(MetricMean::estimate);
        }

        /** {@code edit: instruction-based editing} for a suite, {@code edit, remove} for a part of it. */
        public String heading() {
            return grouping == Grouping.SUITE ? name + ": " + suite.title() : suite.label() + ", " + name;
        }

        /** Whether papers report the group by itself: a suite, or one of its subsets. */
        public boolean isPublished() {
            return grouping == Grouping.SUITE || grouping == Grouping.SUBSET;
        }
    }

    /**
     * What a paper says about a benchmark.
     *
     * @param values the numbers that are known
     * @param notes the protocol and its open questions; empty for a benchmark that is in no paper
     */
    public record Publication(List<PublishedValue> values, List<ProtocolNote> notes) {

        /** Of a benchmark that is in no paper. */
        public static final Publication NONE = new Publication(List.of(), List.of());

        /** Whether the tables have a row with the paper's numbers. */
        public boolean isPresent() {
            return !notes.isEmpty();
        }

        /** The paper's number for a group. */
        public Optional<PublishedValue> value(Group group, Metric metric) {
            return values.stream()
                    .filter(v -> group.isPublished() && v.suite().equals(group.name()) && v.metric() == metric)
                    .findFirst();
        }

        /** The notes by section. */
        public Map<String, List<ProtocolNote>> sections() {
            return notes.stream()
                    .collect(Collectors.groupingBy(ProtocolNote::section, LinkedHashMap::new, Collectors.toList()));
        }
    }

    /** The suites and their subsets. */
    public List<Group> suiteGroups() {
        return groups.stream().filter(Group::isPublished).toList();
    }

    /** The suites by kind, turn and split. */
    public List<Group> partGroups() {
        return groups.stream().filter(group -> !group.isPublished()).toList();
    }

    /**
     * The summary of some rows.
     *
     * @param modelCount number of {@code rows} that are models: targets are evaluated for them
     */
    public static Summary of(
            Benchmark benchmark,
            Map<String, String> metadata,
            List<String> rows,
            int modelCount,
            Collection<Score> scores) {
        List<Group> groups = new ArrayList<>();
        for (BenchmarkSuite suite : benchmark.suites()) {
            List<Score> suiteScores =
                    scores.stream().filter(s -> s.suite().equals(suite.label())).toList();
            if (!suiteScores.isEmpty()) groups.addAll(groups(suite, benchmark.subsets(), rows, suiteScores));
        }
        List<TargetResult> targetResults = new ArrayList<>();
        for (String row : rows.subList(0, modelCount))
            for (Target target : benchmark.targets()) targetResults.add(TargetResult.of(target, row, scores));
        return new Summary(
                benchmark.name(),
                metadata,
                rows,
                groups,
                targetResults,
                new Publication(benchmark.publishedValues(), benchmark.protocolNotes()));
    }

    private static List<Group> groups(
            BenchmarkSuite suite, List<ScoreSubset> subsets, List<String> rows, List<Score> scores) {
        List<Group> groups = new ArrayList<>();
        groups.add(summarize(suite, Grouping.SUITE, suite.label(), rows, scores));
        for (ScoreSubset subset : subsets) {
            List<Score> subsetScores = scores.stream().filter(subset::contains).toList();
            if (!subsetScores.isEmpty())
                groups.add(summarize(suite, Grouping.SUBSET, subset.label(), rows, subsetScores));
        }
        boolean hasTurns = scores.stream().anyMatch(s -> s.turn() > 0);
        groups.addAll(
                hasTurns
                        ? split(suite, Grouping.TURN, rows, scores, s -> "turn " + (s.turn() + 1))
                        : split(suite, Grouping.KIND, rows, scores, Score::kind));
        groups.addAll(split(suite, Grouping.SPLIT, rows, scores, Score::split));
        return groups;
    }

    /** The groups of a suite's scores by name, in order of appearance; none when all have the same name. */
    private static List<Group> split(
            BenchmarkSuite suite,
            Grouping grouping,
            List<String> rows,
            List<Score> scores,
            Function<Score, String> groupName) {
        Map<String, List<Score>> byName =
                scores.stream().collect(Collectors.groupingBy(groupName, LinkedHashMap::new, Collectors.toList()));
        if (byName.size() < 2) return List.of();
        return byName.keySet().stream()
                .sorted(Comparator.comparingInt(name ->
                        grouping == Grouping.TURN ? byName.get(name).get(0).turn() : 0))
                .map(name -> summarize(suite, grouping, name, rows, byName.get(name)))
                .toList();
    }

    private static Group summarize(
            BenchmarkSuite suite, Grouping grouping, String name, List<String> rows, List<Score> scores) {
        Map<String, Map<Metric, MetricMean>> byRow = new LinkedHashMap<>();
        for (String row : rows) {
            List<Score> rowScores =
                    scores.stream().filter(s -> s.row().equals(row)).toList();
            Map<Metric, MetricMean> means = new EnumMap<>(Metric.class);
            for (Metric metric : Metric.values())
                MetricMean.of(metric, rowScores).ifPresent(mean -> means.put(metric, mean));
            if (!means.isEmpty()) byRow.put(row, means);
        }
        long sampleCount =
                scores.stream().map(s -> s.sample() + "/" + s.turn()).distinct().count();
        return new Group(suite, grouping, name, Math.toIntExact(sampleCount), byRow);
    }
}
