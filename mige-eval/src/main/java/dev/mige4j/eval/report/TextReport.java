package dev.mige4j.eval.report;

import dev.mige4j.eval.benchmark.Target;
import dev.mige4j.eval.metric.Metric;
import java.util.ArrayList;
import java.util.List;

/** The summary as plain text: the metrics of suites, kinds and turns, then the targets. */
public final class TextReport {

    private TextReport() {}

    /** The complete text. */
    public static String render(Summary summary) {
        StringBuilder out = new StringBuilder();
        summary.metadata()
                .forEach((key, value) ->
                        out.append(key).append(": ").append(value).append('\n'));
        for (Summary.Group group : summary.groups())
            if (group.grouping() != Summary.Grouping.SPLIT) appendGroup(out, summary, group);
        if (summary.targetResults().isEmpty()) return out.toString();
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
        return out.append(alignColumns(lines, 2)).toString();
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
            if (!group.estimatesByRow().containsKey(row)) continue;
            List<String> line = new ArrayList<>(List.of("  " + row));
            for (Metric metric : metrics)
                line.add(group.estimate(row, metric)
                        .map(e -> formatEstimate(metric, e))
                        .orElse("-"));
            lines.add(line);
        }
        out.append(alignColumns(lines, 1));
    }

    /** {@code 0.0213 ±0.0020}: mean and the larger half-width of the 95 % interval. */
    static String formatEstimate(Metric metric, BootstrapEstimate e) {
        String mean = metric.format(e.value());
        if (e.sampleCount() == 1 || !Double.isFinite(e.high())) return mean;
        return mean + " ±" + stripUnit(metric.format(Math.max(e.high() - e.value(), e.value() - e.low())));
    }

    /** {@code 71.0 % [64.5, 77.0] of 200}: mean, 95 % interval and number of samples. */
    static String formatEstimate(Target target, BootstrapEstimate e) {
        return target.format(e.value()) + " [" + stripUnit(target.format(e.low())) + ", "
                + stripUnit(target.format(e.high())) + "] of " + e.sampleCount();
    }

    private static String stripUnit(String formatted) {
        return formatted.replaceAll(" .*", "");
    }

    /** The first {@code leftAligned} columns are aligned left, the others right. */
    private static String alignColumns(List<List<String>> lines, int leftAligned) {
        int columns = lines.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        for (List<String> line : lines)
            for (int c = 0; c < line.size(); c++)
                widths[c] = Math.max(widths[c], line.get(c).length());
        StringBuilder out = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int c = 0; c < line.size(); c++) {
                String padding = " ".repeat(widths[c] - line.get(c).length());
                row.append(c < leftAligned ? line.get(c) + padding : padding + line.get(c))
                        .append("  ");
            }
            out.append(row.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
