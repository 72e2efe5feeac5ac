package mige.eval;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Means of all figures with their intervals, a group of questions at a time, and the bars.
 *
 * @param about  what was run, under which conditions: for the head of table and page
 * @param rows   entrants in the order of the tables, the models first
 * @param models how many of the rows are models
 * @param groups every suite, then its kinds, turns and splits
 * @param bars   each bar for each model
 */
public record Summary(Map<String, String> about, List<String> rows, int models, List<Group> groups, List<Bar.Verdict> bars) {

    /** How the questions of a group were chosen. */
    public enum By { SUITE, KIND, TURN, SPLIT }

    /** Questions of one sort, with the figures of each row. */
    public record Group(Suite suite, By by, String name, int questions, Map<String, Map<Figure, Estimate>> rows) {

        /** Figures that at least one row has. */
        public List<Figure> figures() {
            return java.util.Arrays.stream(Figure.values()).filter(f -> rows.values().stream().anyMatch(r -> r.containsKey(f))).toList();
        }

        public Optional<Estimate> estimate(String row, Figure figure) {
            return Optional.ofNullable(rows.getOrDefault(row, Map.of()).get(figure));
        }
    }

    static Summary of(Map<String, String> about, List<String> rows, int models, Collection<Score> scores) {
        List<Group> groups = new ArrayList<>();
        for (Suite suite : Suite.values()) {
            List<Score> of = scores.stream().filter(s -> s.suite() == suite).toList();
            if (of.isEmpty()) continue;
            groups.add(group(suite, By.SUITE, suite.label(), rows, of, s -> true));
            if (suite == Suite.MULTI_TURN) split(groups, suite, By.TURN, rows, of, s -> "turn " + (s.turn() + 1));
            else split(groups, suite, By.KIND, rows, of, s -> s.kind().label());
            split(groups, suite, By.SPLIT, rows, of, s -> s.split().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '));
        }
        List<Bar.Verdict> bars = new ArrayList<>();
        for (String row : rows.subList(0, models)) for (Bar bar : Bar.ALL_BARS) bars.add(bar.judge(row, scores));
        return new Summary(about, rows, models, groups, bars);
    }

    private static void split(List<Group> groups, Suite suite, By by, List<String> rows, List<Score> scores, Function<Score, String> name) {
        List<String> names = scores.stream().map(name).distinct().toList();
        if (names.size() > 1) for (String n : by == By.TURN ? names.stream().sorted().toList() : names) groups.add(group(suite, by, n, rows, scores, s -> name.apply(s).equals(n)));
    }

    private static Group group(Suite suite, By by, String name, List<String> rows, List<Score> scores, Predicate<Score> which) {
        Map<String, Map<Figure, Estimate>> byRow = new LinkedHashMap<>();
        for (String row : rows) {
            Map<Figure, List<Double>> values = new EnumMap<>(Figure.class);
            for (Score s : scores) if (s.row().equals(row) && which.test(s))
                s.figures().forEach((figure, value) -> values.computeIfAbsent(figure, f -> new ArrayList<>()).add(value));
            Map<Figure, Estimate> estimates = new EnumMap<>(Figure.class);
            values.forEach((figure, all) -> estimates.put(figure, Estimate.mean(Bar.array(all))));
            if (!estimates.isEmpty()) byRow.put(row, estimates);
        }
        int questions = (int) scores.stream().filter(which).map(s -> s.question() + "/" + s.turn()).distinct().count();
        return new Group(suite, by, name, questions, byRow);
    }

    /** All of it as JSON. */
    public String json() {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = json.createObjectNode();
        about.forEach(root.putObject("about")::put);
        ArrayNode bars = root.putArray("bars");
        for (Bar.Verdict verdict : this.bars) {
            ObjectNode bar = bars.addObject().put("model", verdict.row()).put("bar", verdict.bar().what()).put("limit", verdict.bar().limit())
                    .put("at", verdict.bar().figure().rises() ? "least" : "most");
            verdict.estimate().ifPresent(e -> note(bar, e));
            bar.put("verdict", verdict.word());
        }
        ArrayNode groups = root.putArray("groups");
        for (Group group : this.groups) {
            ObjectNode node = groups.addObject().put("suite", group.suite.label()).put("by", group.by.name().toLowerCase(java.util.Locale.ROOT))
                    .put("name", group.name).put("questions", group.questions);
            ObjectNode rows = node.putObject("rows");
            group.rows.forEach((row, figures) -> {
                ObjectNode of = rows.putObject(row);
                figures.forEach((figure, estimate) -> note(of.putObject(figure.key()), estimate));
            });
        }
        try {
            return json.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a summary is plain data", e);
        }
    }

    /** JSON has no infinity; such a value is left out. */
    private static void note(ObjectNode node, Estimate e) {
        if (Double.isFinite(e.value())) node.put("value", e.value());
        if (Double.isFinite(e.low())) node.put("low", e.low());
        if (Double.isFinite(e.high())) node.put("high", e.high());
        node.put("items", e.items());
    }
}
