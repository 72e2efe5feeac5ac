package dev.mige4j.eval.claims;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The differences of all comparisons with their intervals, as an SVG image. */
final class ClaimsPlot {

    private static final int LABELS = 520, PLOT = 420, MARGIN = 20, LINE = 18, HEAD = 24;

    private ClaimsPlot() {}

    /** One line of the plot: a heading, or a difference with a label. */
    private record Line(String label, ClaimsSummary.Difference difference, boolean decides) {}

    static String render(ClaimsSummary summary) {
        List<Line> lines = lines(summary);
        double range = lines.stream()
                .filter(line -> line.difference != null)
                .mapToDouble(line -> Math.max(
                        Math.abs(line.difference.improvement().low()),
                        Math.abs(line.difference.improvement().high())))
                .max()
                .orElse(0);
        double unit = Math.pow(10, Math.floor(Math.log10(Math.max(0.01, range))));
        range = Math.ceil(2 * Math.max(0.01, range) / unit) / 2 * unit; // round numbers at the ticks
        int width = LABELS + PLOT + MARGIN, height = HEAD + LINE * lines.size() + 2 * LINE;
        StringBuilder svg = new StringBuilder();
        append(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " font-family=\"sans-serif\" font-size=\"12\" role=\"img\"><title>Improvements with 95 %%"
                        + " intervals</title><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>",
                width,
                height,
                width,
                height,
                width,
                height);
        int bottom = HEAD + LINE * lines.size();
        append(
                svg,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#888\"/>",
                x(0, range),
                HEAD - 6,
                x(0, range),
                bottom);
        for (double tick : new double[] {-range, -range / 2, 0, range / 2, range})
            append(
                    svg,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">%+.1f</text>",
                    x(tick, range),
                    bottom + LINE - 2,
                    100 * tick);
        append(
                svg,
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">improvement in hundredths; rates:"
                        + " percentage points</text>",
                x(0, range),
                bottom + 2 * LINE - 4);
        for (int i = 0; i < lines.size(); i++) appendLine(svg, lines.get(i), HEAD + LINE * i, range);
        return svg.append("</svg>\n").toString();
    }

    private static List<Line> lines(ClaimsSummary summary) {
        List<Line> lines = new ArrayList<>();
        for (ClaimsSummary.ClaimResult claim : summary.claims()) {
            lines.add(
                    new Line(claim.claim().statement() + " (" + claim.verdict().label() + ")", null, false));
            for (ClaimsSummary.ComparisonResult result : claim.comparisons())
                for (ClaimsSummary.Difference difference : result.differences())
                    lines.add(new Line(
                            "%s over %s, %s: %s"
                                    .formatted(
                                            result.comparison().treatment().label(),
                                            result.comparison().controlLabel(),
                                            result.comparison().task().title(),
                                            difference.metric().title()),
                            difference,
                            claim.deciding().filter(difference::equals).isPresent()));
        }
        return lines;
    }

    private static void appendLine(StringBuilder svg, Line line, int y, double range) {
        if (line.difference == null) {
            append(svg, "<text x=\"4\" y=\"%d\" font-weight=\"bold\">%s</text>", y + 13, escape(line.label));
            return;
        }
        String colour =
                switch (line.difference.verdict()) {
                    case SUPPORTED -> "#1a7f37";
                    case CONTRADICTED -> "#b3261e";
                    default -> "#555";
                };
        double low = x(line.difference.improvement().low(), range),
                high = x(line.difference.improvement().high(), range),
                middle = y + 9;
        append(svg, "<text x=\"16\" y=\"%d\">%s</text>", y + 13, escape(line.label));
        append(
                svg,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"2\"/>",
                low,
                middle,
                high,
                middle,
                colour);
        append(
                svg,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\"/>",
                x(line.difference.improvement().value(), range),
                middle,
                line.decides ? 5 : 3,
                colour);
        for (double seed : line.difference.bySeed())
            append(
                    svg,
                    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>",
                    x(seed, range),
                    middle - 5,
                    x(seed, range),
                    middle + 5,
                    colour);
    }

    private static double x(double value, double range) {
        return LABELS + PLOT / 2.0 + value / range * (PLOT / 2.0 - MARGIN);
    }

    private static void append(StringBuilder out, String format, Object... arguments) {
        out.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }

    /** Text for XML and HTML. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
