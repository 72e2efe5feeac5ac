package dev.mige4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Means of all figures with their intervals, a group of questions at a time, and the bars.
 *
 * @param metadata what was run, under which conditions: for the head of table and page
 * @param rows entrants in the order of the tables, the models first
 * @param modelCount how many of the rows are models
 * @param groups every suite, then its kinds, turns and splits
 * @param targetResults each bar for each model
 */
public record Summary(
        Map<String, String> metadata,
        List<String> rows,
        int modelCount,
        List<Group> groups,
        List<Target.TargetResult> targetResults) {

    /** How the questions of a group were chosen. */
    public enum Grouping {
        SUITE,
        KIND,
        TURN,
        SPLIT
    }

    /** Questions of one sort, with the figures of each row. */
    public record Group(
            BenchmarkSuite suite,
            Grouping grouping,
            String name,
            int sampleCount,
            Map<String, Map<Metric, BootstrapEstimate>> estimatesByRow) {

        /** Figures that at least one row has. */
        public List<Metric> metrics() {
            return java.util.Arrays.stream(Metric.values())
                    .filter(f -> estimatesByRow.values().stream().anyMatch(r -> r.containsKey(f)))
                    .toList();
        }

        public Optional<BootstrapEstimate> estimate(String row, Metric metric) {
            return Optional.ofNullable(
                    estimatesByRow.getOrDefault(row, Map.of()).get(metric));
        }
    }

    static Summary of(Map<String, String> metadata, List<String> rows, int modelCount, Collection<Score> scores) {
        List<Group> groups = new ArrayList<>();
        for (BenchmarkSuite suite : BenchmarkSuite.values()) {
            List<Score> suiteScores =
                    scores.stream().filter(s -> s.suite() == suite).toList();
            if (suiteScores.isEmpty()) continue;
            groups.add(summarizeGroup(suite, Grouping.SUITE, suite.label(), rows, suiteScores, s -> true));
            if (suite == BenchmarkSuite.MULTI_TURN)
                addGroups(groups, suite, Grouping.TURN, rows, suiteScores, s -> "turn " + (s.turn() + 1));
            else
                addGroups(groups, suite, Grouping.KIND, rows, suiteScores, s -> s.kind()
                        .label());
            addGroups(groups, suite, Grouping.SPLIT, rows, suiteScores, s -> s.split()
                    .name()
                    .toLowerCase(java.util.Locale.ROOT)
                    .replace('_', ' '));
        }
        List<Target.TargetResult> targetResults = new ArrayList<>();
        for (String row : rows.subList(0, modelCount))
            for (Target target : Target.ALL_TARGETS) targetResults.add(target.evaluate(row, scores));
        return new Summary(metadata, rows, modelCount, groups, targetResults);
    }

    private static void addGroups(
            List<Group> groups,
            BenchmarkSuite suite,
            Grouping grouping,
            List<String> rows,
            List<Score> scores,
            Function<Score, String> groupName) {
        List<String> names = scores.stream().map(groupName).distinct().toList();
        if (names.size() > 1)
            for (String n : grouping == Grouping.TURN ? names.stream().sorted().toList() : names)
                groups.add(summarizeGroup(suite, grouping, n, rows, scores, s -> groupName
                        .apply(s)
                        .equals(n)));
    }

    private static Group summarizeGroup(
            BenchmarkSuite suite,
            Grouping grouping,
            String name,
            List<String> rows,
            List<Score> scores,
            Predicate<Score> filter) {
        Map<String, Map<Metric, BootstrapEstimate>> byRow = new LinkedHashMap<>();
        for (String row : rows) {
            Map<Metric, List<Double>> values = new EnumMap<>(Metric.class);
            for (Score s : scores)
                if (s.row().equals(row) && filter.test(s))
                    s.metrics().forEach((metric, value) -> values.computeIfAbsent(metric, f -> new ArrayList<>())
                            .add(value));
            Map<Metric, BootstrapEstimate> estimates = new EnumMap<>(Metric.class);
            values.forEach((metric, metricValues) ->
                    estimates.put(metric, BootstrapEstimate.mean(Target.toArray(metricValues))));
            if (!estimates.isEmpty()) byRow.put(row, estimates);
        }
        int sampleCount = (int) scores.stream()
                .filter(filter)
                .map(s -> s.sample() + "/" + s.turn())
                .distinct()
                .count();
        return new Group(suite, grouping, name, sampleCount, byRow);
    }

    /** All of it as JSON. */
    public String toJson() {
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = mapper.createObjectNode();
        metadata.forEach(root.putObject("about")::put);
        ArrayNode targetsNode = root.putArray("bars");
        for (Target.TargetResult result : this.targetResults) {
            ObjectNode targetNode = targetsNode
                    .addObject()
                    .put("model", result.row())
                    .put("bar", result.target().description())
                    .put("limit", result.target().threshold())
                    .put("at", result.target().metric().higherIsBetter() ? "least" : "most");
            result.estimate().ifPresent(e -> writeEstimate(targetNode, e));
            targetNode.put("verdict", result.status());
        }
        ArrayNode groupsNode = root.putArray("groups");
        for (Group group : this.groups) {
            ObjectNode groupNode = groupsNode
                    .addObject()
                    .put("suite", group.suite.label())
                    .put("by", group.grouping.name().toLowerCase(java.util.Locale.ROOT))
                    .put("name", group.name)
                    .put("questions", group.sampleCount);
            ObjectNode rowsNode = groupNode.putObject("rows");
            group.estimatesByRow.forEach((row, estimates) -> {
                ObjectNode rowNode = rowsNode.putObject(row);
                estimates.forEach((metric, estimate) -> writeEstimate(rowNode.putObject(metric.key()), estimate));
            });
        }
        try {
            return mapper.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a summary is plain data", e);
        }
    }

    /** JSON has no infinity; such a value is left out. */
    private static void writeEstimate(ObjectNode node, BootstrapEstimate e) {
        if (Double.isFinite(e.value())) node.put("value", e.value());
        if (Double.isFinite(e.low())) node.put("low", e.low());
        if (Double.isFinite(e.high())) node.put("high", e.high());
        node.put("items", e.sampleCount());
    }
}
