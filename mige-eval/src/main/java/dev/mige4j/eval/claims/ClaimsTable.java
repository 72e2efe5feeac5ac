package dev.mige4j.eval.claims;

import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.report.BootstrapEstimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The results as plain text. */
final class ClaimsTable {

    private ClaimsTable() {}

    static String render(ClaimsSummary summary, int seeds) {
        StringBuilder out = new StringBuilder();
        out.append("Means over ")
                .append(seeds)
                .append(seeds == 1 ? " seed" : " seeds")
                .append(" and samples with 95 % bootstrap intervals; lower is better: L1, loss.\n");
        summary.tasks().forEach((task, rows) -> appendTask(out, task, rows));
        out.append("\nclaims: improvement of the first over the second, more than 0 is better; [by seed]\n");
        for (ClaimsSummary.ClaimResult claim : summary.claims()) appendClaim(out, claim);
        return out.toString();
    }

    private static void appendTask(StringBuilder out, ClaimTask task, List<ClaimsSummary.Row> rows) {
        if (rows.isEmpty()) return;
        out.append('\n').append(task.title()).append('\n');
        List<Metric> metrics = task.metrics().stream()
                .filter(metric -> rows.stream().anyMatch(row -> row.means().containsKey(metric)))
                .toList();
        List<List<String>> lines = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("", "samples"));
        metrics.forEach(metric -> header.add(metric.title()));
        lines.add(header);
        for (ClaimsSummary.Row row : rows) {
            List<String> line = new ArrayList<>(List.of(row.name(), String.valueOf(row.samples())));
            for (Metric metric : metrics) line.add(estimate(metric, row.means().get(metric)));
            lines.add(line);
        }
        out.append(align(lines));
    }

    private static void appendClaim(StringBuilder out, ClaimsSummary.ClaimResult claim) {
        out.append('\n')
                .append(claim.claim().statement())
                .append(' ')
                .append(claim.verdict().label().toUpperCase(Locale.ROOT))
                .append('\n');
        List<List<String>> lines = new ArrayList<>();
        for (ClaimsSummary.ComparisonResult result : claim.comparisons()) {
            ClaimComparison comparison = result.comparison();
            String name = comparison.treatment().label() + " over " + comparison.controlLabel() + ", "
                    + comparison.task().title();
            for (ClaimsSummary.Difference difference : result.differences())
                lines.add(List.of(
                        name,
                        difference.metric().title(),
                        signed(difference.metric(), difference.improvement()),
                        bySeed(difference),
                        difference.verdict().label()));
        }
        out.append(lines.isEmpty() ? "  not measured\n" : align(lines));
    }

    /** {@code 12.0 % [8.5 %, 15.5 %]}; a dash where nothing was measured. */
    static String estimate(Metric metric, BootstrapEstimate estimate) {
        if (estimate == null) return "–";
        return "%s [%s, %s]"
                .formatted(
                        metric.format(estimate.value()), metric.format(estimate.low()), metric.format(estimate.high()));
    }

    /** The same with the sign of the value. */
    static String signed(Metric metric, BootstrapEstimate estimate) {
        return (estimate.value() >= 0 ? "+" : "") + estimate(metric, estimate);
    }

    /** {@code [+1.0 %, -2.0 %]}. */
    static String bySeed(ClaimsSummary.Difference difference) {
        return Arrays.stream(difference.bySeed())
                .mapToObj(d -> (d >= 0 ? "+" : "") + difference.metric().format(d))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    private static String align(List<List<String>> lines) {
        int columns = lines.get(0).size();
        int[] widths = new int[columns];
        for (List<String> line : lines)
            for (int c = 0; c < columns; c++)
                widths[c] = Math.max(widths[c], line.get(c).length());
        StringBuilder out = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder(" ");
            for (int c = 0; c < columns; c++)
                text.append(' ')
                        .append(line.get(c))
                        .append(" ".repeat(widths[c] - line.get(c).length() + 1));
            out.append(text.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
