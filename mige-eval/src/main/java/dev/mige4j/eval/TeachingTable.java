package dev.mige4j.eval;

import dev.mige4j.eval.report.BootstrapEstimate;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;

/** The table of a {@link TeachingExperiment}: each subject, and the means over them with 95 % intervals. */
final class TeachingTable {

    private TeachingTable() {}

    static String format(List<TeachingExperiment.Row> rows) {
        StringBuilder table = new StringBuilder();
        table.append(String.format(
                Locale.ROOT,
                "%-14s %-20s %6s %5s  %-14s %-14s %-14s %-14s | %-14s %-14s %-16s%n",
                "subject",
                "icon set",
                "steps",
                "s",
                "named",
                "shown",
                "all requests",
                "CLIP-I",
                "bench success",
                "bench identity",
                "bench L1"));
        for (TeachingExperiment.Row row : rows) {
            TeachingExperiment.Means b = row.before(), a = row.after();
            table.append(String.format(
                    Locale.ROOT,
                    "%-14s %-20s %6d %5.0f  %-14s %-14s %-14s %-14s | %-14s %-14s %-16s%n",
                    row.subject(),
                    row.iconSet(),
                    row.steps(),
                    row.seconds(),
                    percent(b.named(), a.named()),
                    percent(b.shown(), a.shown()),
                    percent(b.allRequests(), a.allRequests()),
                    number(b.clipI(), a.clipI(), "%.2f"),
                    percent(b.success(), a.success()),
                    percent(b.identity(), a.identity()),
                    number(b.l1(), a.l1(), "%.4f")));
        }
        if (rows.isEmpty()) return table.toString();
        table.append(String.format(Locale.ROOT, "%nmeans over %d subjects [95 %% interval]%n", rows.size()));
        summary(table, "identity, named", rows, TeachingExperiment.Means::named, 100, "%.1f %%");
        summary(table, "identity, shown", rows, TeachingExperiment.Means::shown, 100, "%.1f %%");
        summary(table, "identity, all requests", rows, TeachingExperiment.Means::allRequests, 100, "%.1f %%");
        summary(table, "CLIP-I of the requests", rows, TeachingExperiment.Means::clipI, 1, "%.3f");
        summary(table, "nano-MIGEBench: success", rows, TeachingExperiment.Means::success, 100, "%.1f %%");
        summary(table, "nano-MIGEBench: identity", rows, TeachingExperiment.Means::identity, 100, "%.1f %%");
        summary(table, "nano-MIGEBench: L1", rows, TeachingExperiment.Means::l1, 1, "%.4f");
        return table.toString();
    }

    private static void summary(
            StringBuilder table,
            String name,
            List<TeachingExperiment.Row> rows,
            Function<TeachingExperiment.Means, Double> value,
            double factor,
            String format) {
        double[] before = values(rows, row -> value.apply(row.before()), factor),
                after = values(rows, row -> value.apply(row.after()), factor);
        if (before.length == 0 || after.length == 0) return;
        table.append(String.format(
                Locale.ROOT, "%-26s %s -> %s%n", name, interval(before, format), interval(after, format)));
    }

    private static double[] values(
            List<TeachingExperiment.Row> rows, Function<TeachingExperiment.Row, Double> value, double factor) {
        return rows.stream()
                .map(value)
                .filter(Objects::nonNull)
                .mapToDouble(v -> factor * v)
                .toArray();
    }

    private static String interval(double[] values, String format) {
        BootstrapEstimate mean = BootstrapEstimate.mean(values);
        return String.format(
                Locale.ROOT, format + " [" + format + ", " + format + "]", mean.value(), mean.low(), mean.high());
    }

    private static String percent(Double before, Double after) {
        return before == null || after == null
                ? "-"
                : String.format(Locale.ROOT, "%.0f -> %.0f %%", 100 * before, 100 * after);
    }

    private static String number(Double before, Double after, String format) {
        return before == null || after == null
                ? "-"
                : String.format(Locale.ROOT, format + " -> " + format, before, after);
    }
}
