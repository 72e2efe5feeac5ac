package dev.mige4j.eval.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.benchmark.Target;
import dev.mige4j.eval.metric.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The means of all metrics with their confidence intervals, by group of samples, and the results for the targets.
 *
 * @param title name of the benchmark
 * @param metadata facts for the head of the reports
 * @param rows names of models and baselines in the order of the tables, the models first
 * @param groups each suite, followed by its kinds or turns and its splits
 * @param targetResults each target for each model
 */
public record Summary(
        String title,
        Map<String, String> metadata,
        List<String> rows,
        List<Group> groups,
        List<TargetResult> targetResults) {

    /** The criterion by which samples are grouped. */
    public enum Grouping {
        SUITE,
        KIND,
        TURN,
        SPLIT
    }

    /**
     * The metrics of a group of samples.
     *
     * @param name value of the grouping: label of the suite, kind, turn, or split
     * @param sampleCount number of samples (with several turns: of turns) in the group
     */
    public record Group(
            BenchmarkSuite suite,
            Grouping grouping,
            String name,
            int sampleCount,
            Map<String, Map<Metric, BootstrapEstimate>> estimatesByRow) {

        /** The metrics that at least one row has. */
        public List<Metric> metrics() {
            return Arrays.stream(Metric.values())
                    .filter(m -> estimatesByRow.values().stream().anyMatch(r -> r.containsKey(m)))
                    .toList();
        }

        /** The mean of a metric; empty when the row has no value for it. */
        public Optional<BootstrapEstimate> estimate(String row, Metric metric) {
            return Optional.ofNullable(
                    estimatesByRow.getOrDefault(row, Map.of()).get(metric));
        }

        /** {@code edit: instruction-based editing} for a suite, {@code edit, remove} for a part of it. */
        String heading() {
            return grouping == Grouping.SUITE ? name + ": " + suite.title() : suite.label() + ", " + name;
        }
    }

    /**
     * Groups and averages scores.
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
            if (suiteScores.isEmpty()) continue;
            groups.add(summarize(suite, Grouping.SUITE, suite.label(), rows, suiteScores));
            boolean hasTurns = suiteScores.stream().anyMatch(s -> s.turn() > 0);
            groups.addAll(
                    hasTurns
                            ? split(suite, Grouping.TURN, rows, suiteScores, s -> "turn " + (s.turn() + 1))
                            : split(suite, Grouping.KIND, rows, suiteScores, Score::kind));
            groups.addAll(split(suite, Grouping.SPLIT, rows, suiteScores, Score::split));
        }
        List<TargetResult> targetResults = new ArrayList<>();
        for (String row : rows.subList(0, modelCount))
            for (Target target : benchmark.targets()) targetResults.add(TargetResult.of(target, row, scores));
        return new Summary(benchmark.name(), metadata, rows, groups, targetResults);
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
        Map<String, Map<Metric, BootstrapEstimate>> byRow = new LinkedHashMap<>();
        for (String row : rows) {
            Map<Metric, List<Double>> values = new EnumMap<>(Metric.class);
            for (Score score : scores)
                if (score.row().equals(row))
                    score.metrics().forEach((metric, value) -> {
                        if (value.isPresent())
                            values.computeIfAbsent(metric, m -> new ArrayList<>())
                                    .add(value.number());
                    });
            Map<Metric, BootstrapEstimate> estimates = new EnumMap<>(Metric.class);
            values.forEach((metric, metricValues) ->
                    estimates.put(metric, BootstrapEstimate.mean(TargetResult.toArray(metricValues))));
            if (!estimates.isEmpty()) byRow.put(row, estimates);
        }
        long sampleCount =
                scores.stream().map(s -> s.sample() + "/" + s.turn()).distinct().count();
        return new Group(suite, grouping, name, Math.toIntExact(sampleCount), byRow);
    }

    /** The content of {@code summary.json}. */
    public String toJson() {
        ObjectNode root = Json.MAPPER.createObjectNode();
        metadata.forEach(root.putObject("metadata")::put);
        ArrayNode targetsNode = root.putArray("targets");
        for (TargetResult result : targetResults) {
            ObjectNode targetNode = targetsNode
                    .addObject()
                    .put("model", result.row())
                    .put("target", result.target().description())
                    .put("threshold", result.target().threshold())
                    .put("higher_is_better", result.target().metric().higherIsBetter());
            result.estimate().ifPresent(e -> writeEstimate(targetNode, e));
            targetNode.put("status", result.status());
        }
        ArrayNode groupsNode = root.putArray("groups");
        for (Group group : groups) {
            ObjectNode groupNode = groupsNode
                    .addObject()
                    .put("suite", group.suite.label())
                    .put("group_by", group.grouping.name().toLowerCase(Locale.ROOT))
                    .put("name", group.name)
                    .put("samples", group.sampleCount);
            ObjectNode rowsNode = groupNode.putObject("rows");
            group.estimatesByRow.forEach((row, estimates) -> {
                ObjectNode rowNode = rowsNode.putObject(row);
                estimates.forEach((metric, estimate) -> writeEstimate(rowNode.putObject(metric.key()), estimate));
            });
        }
        return Json.writePretty(root);
    }

    /** JSON has no infinity: infinite values are omitted. */
    private static void writeEstimate(ObjectNode node, BootstrapEstimate e) {
        if (Double.isFinite(e.value())) node.put("value", e.value());
        if (Double.isFinite(e.low())) node.put("low", e.low());
        if (Double.isFinite(e.high())) node.put("high", e.high());
        node.put("samples", e.sampleCount());
    }
}
