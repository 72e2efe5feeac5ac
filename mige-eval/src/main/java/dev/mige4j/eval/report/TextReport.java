package dev.mige4j.eval.report;

import dev.mige4j.eval.benchmark.ProtocolNote;
import dev.mige4j.eval.benchmark.PublishedValue;
import dev.mige4j.eval.benchmark.Target;
import dev.mige4j.eval.metric.Metric;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The summary as plain text: the metrics of suites, kinds and turns, then the targets, and the notes about the paper.
 */
public final class TextReport {

    private static final int WIDTH = 100;

    /** The width from which a table is continued below, with the names of its rows again. */
    private static final int TABLE_WIDTH = 120;

    /** What "open" means in the notes. */
    static final String OPEN = "Open: not published by the authors of MIGE; what is done here is a choice or a guess.";

    /** How many samples without a value are named; the JSON report names all. */
    private static final int NAMED_SAMPLES = 5;

    /** How many reasons are listed for a row; the JSON report lists all. */
    private static final int LISTED_REASONS = 8;

    private TextReport() {}

    /** Renders a summary, without the groups by split, and without control characters of names from files. */
    public static String render(Summary summary) {
        StringBuilder out = new StringBuilder();
        summary.metadata()
                .forEach((key, value) ->
                        out.append(key).append(": ").append(value).append('\n'));
        out.append(wrap(legend(summary), ""));
        for (Summary.Group group : summary.groups())
            if (group.grouping() != Summary.Grouping.SPLIT) appendGroup(out, summary, group);
        if (!summary.targetResults().isEmpty()) appendTargets(out, summary);
        if (summary.publication().isPresent()) appendPublication(out, summary.publication());
        return out.toString().replaceAll("[\\p{Cc}&&[^\n]]", "?");
    }

    /** How to read the tables: what follows a mean, and which metrics are better when they are lower. */
    static String legend(Summary summary) {
        String lower = summary.groups().stream()
                .flatMap(group -> group.metrics().stream())
                .distinct()
                .filter(metric -> !metric.higherIsBetter())
                .map(Metric::title)
                .collect(Collectors.joining(", "));
        return "Numbers are means over items, ± the larger half of the 95 % bootstrap interval. (38 of 40): 38 of 40"
                + " items have a value; the others are named below the table."
                + (lower.isEmpty() ? "" : " Lower is better: " + lower + ".");
    }

    private static void appendGroup(StringBuilder out, Summary summary, Summary.Group group) {
        out.append('\n')
                .append(group.grouping() == Summary.Grouping.SUITE ? "" : "  ")
                .append(group.heading())
                .append(" (")
                .append(group.sampleCount())
                .append(")\n");
        List<Metric> metrics = group.metrics();
        List<List<String>> lines = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("  "));
        metrics.forEach(metric -> header.add(metric.title()));
        lines.add(header);
        for (String row : summary.rows()) {
            if (!group.meansByRow().containsKey(row)) continue;
            List<String> line = new ArrayList<>(List.of("  " + row));
            for (Metric metric : metrics)
                line.add(group.mean(row, metric).map(m -> formatMean(metric, m)).orElse("-"));
            lines.add(line);
        }
        if (summary.publication().isPresent() && group.isPublished()) {
            List<String> line = new ArrayList<>(List.of("  paper"));
            for (Metric metric : metrics) line.add(formatPublished(summary.publication(), group, metric));
            lines.add(line);
        }
        out.append(alignColumns(lines, 1));
        missingLines(summary, group)
                .forEach(line -> out.append("  ").append(line).append('\n'));
    }

    /**
     * For each row and reason why samples of a suite have no value: the metrics, how many samples, and the first of
     * them. Of many reasons, the first are listed.
     */
    static List<String> missingLines(Summary summary, Summary.Group group) {
        if (group.grouping() != Summary.Grouping.SUITE) return List.of();
        List<String> lines = new ArrayList<>();
        for (String row : summary.rows()) {
            Map<String, List<String>> metricsByReason = new LinkedHashMap<>();
            for (Metric metric : group.metrics())
                group.mean(row, metric).ifPresent(mean -> mean.missing().forEach((reason, samples) -> metricsByReason
                        .computeIfAbsent(
                                "%d of %d, %s: %s"
                                        .formatted(samples.size(), mean.sampleCount(), reason, firstOf(samples)),
                                text -> new ArrayList<>())
                        .add(metric.title())));
            metricsByReason.entrySet().stream()
                    .limit(LISTED_REASONS)
                    .forEach(e -> lines.add(row + " without " + String.join(", ", e.getValue()) + ": " + e.getKey()));
            int more = metricsByReason.size() - LISTED_REASONS;
            if (more > 0) lines.add(row + ": " + more + " more reasons in summary.json");
        }
        return lines;
    }

    /** {@code 7, 12, 31 and 4 more}. */
    static String firstOf(List<String> samples) {
        int more = samples.size() - NAMED_SAMPLES;
        String first = String.join(", ", samples.subList(0, Math.min(NAMED_SAMPLES, samples.size())));
        return more > 0 ? first + " and " + more + " more" : first;
    }

    private static void appendTargets(StringBuilder out, Summary summary) {
        out.append("\ntargets\n");
        List<List<String>> lines = new ArrayList<>();
        for (TargetResult result : summary.targetResults())
            lines.add(List.of(
                    "  " + result.row(),
                    result.target().description(),
                    result.target().thresholdText(),
                    result.estimate()
                            .map(e -> formatEstimate(result.target(), e))
                            .orElse("-"),
                    result.status()));
        out.append(alignColumns(lines, 2));
    }

    private static void appendPublication(StringBuilder out, Summary.Publication publication) {
        out.append("\npaper\n");
        if (publication.sections().values().stream().flatMap(List::stream).anyMatch(ProtocolNote::open))
            out.append(wrap(OPEN, "  "));
        if (publication.values().isEmpty()) out.append("  No values are known.\n");
        for (int i = 0; i < publication.values().size(); i++) {
            PublishedValue value = publication.values().get(i);
            out.append(wrap(
                    "[%d] %s, %s: %s. %s"
                            .formatted(i + 1, value.suite(), value.metric().title(), value.printed(), value.source()),
                    "  "));
        }
        publication.sections().forEach((section, notes) -> {
            out.append('\n').append(section).append('\n');
            for (ProtocolNote note : notes) out.append(wrap((note.open() ? "Open: " : "") + note.text(), "  - "));
        });
    }

    /** The paper's number with a reference to its source. */
    static String formatPublished(Summary.Publication publication, Summary.Group group, Metric metric) {
        if (metric == Metric.SECONDS) return "-";
        return publication
                .value(group, metric)
                .map(value -> value.printed() + " [" + (publication.values().indexOf(value) + 1) + "]")
                .orElse("none known");
    }

    /** {@code 0.0213 ±0.0020}, and {@code (38 of 40)} when samples lack a value. */
    static String formatMean(Metric metric, MetricMean mean) {
        String estimate = mean.estimate().map(e -> formatEstimate(metric, e)).orElse("-");
        return mean.missing().isEmpty()
                ? estimate
                : estimate + " (%d of %d)".formatted(mean.measuredCount(), mean.sampleCount());
    }

    /** {@code 0.0213 ±0.0020}: mean and the larger half-width of the 95 % interval. */
    static String formatEstimate(Metric metric, BootstrapEstimate e) {
        String mean = metric.format(e.value());
        if (e.sampleCount() == 1 || !Double.isFinite(e.high())) return mean;
        return mean + " ±" + stripUnit(metric.format(Math.max(e.high() - e.value(), e.value() - e.low())));
    }

    /** {@code 71.0 % [64.5, 77.0] of 200}: mean, 95 % interval and number of samples. */
    public static String formatEstimate(Target target, BootstrapEstimate e) {
        return target.format(e.value()) + " [" + stripUnit(target.format(e.low())) + ", "
                + stripUnit(target.format(e.high())) + "] of " + e.sampleCount();
    }

    private static String stripUnit(String formatted) {
        return formatted.replaceAll(" .*", "");
    }

    /** Lines of at most {@link #WIDTH} characters, the first after {@code indent}, the others below its end. */
    private static String wrap(String text, String indent) {
        StringBuilder out = new StringBuilder();
        StringBuilder line = new StringBuilder(indent);
        String nextIndent = " ".repeat(indent.length());
        for (String word : text.split(" ", -1)) {
            if (line.length() + word.length() > WIDTH && !line.toString().isBlank()) {
                out.append(line.toString().stripTrailing()).append('\n');
                line = new StringBuilder(nextIndent);
            }
            line.append(word).append(' ');
        }
        return out.append(line.toString().stripTrailing()).append('\n').toString();
    }

    /**
     * The first {@code leftAligned} columns are aligned left, the others right. Columns that do not fit into
     * {@link #TABLE_WIDTH} follow below, beside the first column again.
     */
    private static String alignColumns(List<List<String>> lines, int leftAligned) {
        int columns = lines.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        for (List<String> line : lines)
            for (int c = 0; c < line.size(); c++)
                widths[c] = Math.max(widths[c], line.get(c).length());
        StringBuilder out = new StringBuilder();
        for (int from = 1, end; from < columns; from = end) {
            end = from;
            for (int width = widths[0]; end < columns && (end == from || width + 2 + widths[end] <= TABLE_WIDTH); end++)
                width += 2 + widths[end];
            for (List<String> line : lines) {
                StringBuilder row = new StringBuilder(pad(line.get(0), widths[0], leftAligned > 0));
                for (int c = from; c < Math.min(end, line.size()); c++)
                    row.append("  ").append(pad(line.get(c), widths[c], c < leftAligned));
                out.append(row.toString().stripTrailing()).append('\n');
            }
        }
        return out.toString();
    }

    private static String pad(String cell, int width, boolean left) {
        String padding = " ".repeat(width - cell.length());
        return left ? cell + padding : padding + cell;
    }
}
