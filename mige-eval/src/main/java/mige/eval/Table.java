package mige.eval;

import java.util.ArrayList;
import java.util.List;

/** The summary as plain text: every suite and kind, the half-widths of the 95 % intervals beside the means, then the bars. */
final class Table {

    private Table() {}

    static String text(Summary summary) {
        StringBuilder out = new StringBuilder();
        summary.about().forEach((key, value) -> out.append(key).append(": ").append(value).append('\n'));
        for (Summary.Group group : summary.groups()) if (group.by() != Summary.By.SPLIT) group(out, summary, group);
        out.append("\nbars\n");
        List<List<String>> lines = new ArrayList<>();
        for (Bar.Verdict v : summary.bars()) lines.add(List.of("  " + v.row(), v.bar().what(), v.bar().limitText(), v.estimate().map(e -> bar(v.bar(), e)).orElse("-"), v.word()));
        return out.append(aligned(lines, 2)).toString();
    }

    private static void group(StringBuilder out, Summary summary, Summary.Group group) {
        boolean suite = group.by() == Summary.By.SUITE;
        out.append('\n').append(suite ? group.name() + ": " + group.suite().title() : "  " + group.suite().label() + ", " + group.name()).append(" (").append(group.questions()).append(")\n");
        List<Figure> figures = group.figures();
        List<List<String>> lines = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("  "));
        figures.forEach(f -> head.add(f.title()));
        lines.add(head);
        for (String row : summary.rows()) {
            if (!group.rows().containsKey(row)) continue;
            List<String> line = new ArrayList<>(List.of("  " + row));
            for (Figure f : figures) line.add(group.estimate(row, f).map(e -> figure(f, e)).orElse("-"));
            lines.add(line);
        }
        out.append(aligned(lines, 1));
    }

    /** {@code 0.0213 ±0.0020}: the half-width is that of the wider side. */
    static String figure(Figure figure, Estimate e) {
        return figure.show(e.value()) + (e.items() > 1 && Double.isFinite(e.high()) ? " ±" + bare(figure.show(Math.max(e.high() - e.value(), e.value() - e.low()))) : "");
    }

    static String bar(Bar bar, Estimate e) {
        return bar.show(e.value()) + " [" + bare(bar.show(e.low())) + ", " + bare(bar.show(e.high())) + "] of " + e.items();
    }

    private static String bare(String shown) {
        return shown.replaceAll(" .*", "");
    }

    /** Columns from {@code left} on are set to the right, those before to the left. */
    private static String aligned(List<List<String>> lines, int left) {
        int columns = lines.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        for (List<String> line : lines) for (int c = 0; c < line.size(); c++) widths[c] = Math.max(widths[c], line.get(c).length());
        StringBuilder out = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int c = 0; c < line.size(); c++) {
                String space = " ".repeat(widths[c] - line.get(c).length());
                row.append(c < left ? line.get(c) + space : space + line.get(c)).append("  ");
            }
            out.append(row.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
