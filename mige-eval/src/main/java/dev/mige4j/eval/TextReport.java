package dev.mige4j.eval;

import java.util.ArrayList;
import java.util.List;

/**
 * The summary as plain text: every suite and kind, the half-widths of the 95 % intervals beside the means, then the
 * bars.
 */
final class TextReport {

    private TextReport() {}

    static String render(Summary summary) {
        StringBuilder out = new StringBuilder();
        summary.metadata()
                .forEach((key, value) ->
                        out.append(key).append(": ").append(value).append('\n'));
        for (Summary.Group group : summary.groups())
            if (group.grouping() != Summary.Grouping.SPLIT) appendGroup(out, summary, group);
        out.append("\nbars\n");
        List<List<String>> lines = new ArrayList<>();
        for (Target.TargetResult v : summary.targetResults())
            lines.add(List.of(
                    "  " + v.row(),
                    v.target().description(),
                    v.target().thresholdText(),
                    v.estimate().map(e -> formatTarget(v.target(), e)).orElse("-"),
                    v.status()));
        return out.append(alignColumns(lines, 2)).toString();
    }

    private static void appendGroup(StringBuilder out, Summary summary, Summary.Group group) {
        boolean wholeSuite = group.grouping() == Summary.Grouping.SUITE;
        out.append('\n')
                .append(
                        wholeSuite
                                ? group.name() + ": " + group.suite().title()
                                : "  " + group.suite().label() + ", " + group.name())
                .append(" (")
                .append(group.sampleCount())
                .append(")\n");
        List<Metric> metrics = group.metrics();
        List<List<String>> lines = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("  "));
        metrics.forEach(f -> header.add(f.title()));
        lines.add(header);
        for (String row : summary.rows()) {
            if (!group.estimatesByRow().containsKey(row)) continue;
            List<String> line = new ArrayList<>(List.of("  " + row));
            for (Metric f : metrics)
                line.add(group.estimate(row, f).map(e -> formatMetric(f, e)).orElse("-"));
            lines.add(line);
        }
        out.append(alignColumns(lines, 1));
    }

    /** {@code 0.0213 ±0.0020}: the half-width is that of the wider side. */
    static String formatMetric(Metric metric, BootstrapEstimate e) {
        return metric.format(e.value())
                + (e.sampleCount() > 1 && Double.isFinite(e.high())
                        ? " ±" + stripUnit(metric.format(Math.max(e.high() - e.value(), e.value() - e.low())))
                        : "");
    }

    static String formatTarget(Target target, BootstrapEstimate e) {
        return target.format(e.value()) + " [" + stripUnit(target.format(e.low())) + ", "
                + stripUnit(target.format(e.high())) + "] of " + e.sampleCount();
    }

    private static String stripUnit(String formatted) {
        return formatted.replaceAll(" .*", "");
    }

    /** Columns from {@code left} on are set to the right, those before to the left. */
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
