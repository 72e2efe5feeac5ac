package dev.mige4j.eval.report;

import dev.mige4j.eval.benchmark.BenchmarkSuite;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The summary as one self-contained HTML file: targets, images of the first samples, and all tables.
 *
 * <p>Images are embedded as JPEG thumbnails. When the file would become too large, the thumbnails become smaller, then
 * the last samples of each suite are omitted. The markup is in the templates {@code report.jte} and {@code sample.jte}.
 */
public final class HtmlReport {

    /** The maximum size of the file. */
    static final int MAX_BYTES = 4_000_000;

    /** Room for the white space that the page adds around each sample. */
    private static final int SAMPLE_MARGIN_BYTES = 16;

    private static final List<Thumbnails.Format> FORMATS = List.of(
            new Thumbnails.Format(144, 0.9f),
            new Thumbnails.Format(128, 0.85f),
            new Thumbnails.Format(112, 0.8f),
            new Thumbnails.Format(96, 0.75f));
    private static final TemplateEngine TEMPLATES = TemplateEngine.createPrecompiled(
            null, ContentType.Html, HtmlReport.class.getClassLoader(), HtmlReport.class.getPackageName());

    private HtmlReport() {}

    /** The complete page; the samples are those whose images it may show, in order. */
    public static String render(Summary summary, List<ReportSample> samples) {
        Map<BenchmarkSuite, List<ReportSample>> bySuite = samples.stream()
                .collect(Collectors.groupingBy(ReportSample::suite, LinkedHashMap::new, Collectors.toList()));
        int perSuite = bySuite.values().stream().mapToInt(List::size).max().orElse(0);
        Thumbnails thumbnails = new Thumbnails(FORMATS.get(0));
        int budget = MAX_BYTES - utf8Length(renderPage(summary, firstOfEach(bySuite, 0), thumbnails));
        for (Thumbnails.Format format : FORMATS) {
            thumbnails = new Thumbnails(format);
            int fitting = countFitting(bySuite, thumbnails, budget);
            if (fitting == perSuite) break;
            if (format.equals(FORMATS.get(FORMATS.size() - 1))) perSuite = fitting;
        }
        return renderPage(summary, firstOfEach(bySuite, perSuite), thumbnails);
    }

    /** The {@code style} element of a report. */
    public static String styleSheet() {
        return render("style.jte", Map.of());
    }

    /** How many samples of each suite fit into a number of bytes. */
    private static int countFitting(
            Map<BenchmarkSuite, List<ReportSample>> bySuite, Thumbnails thumbnails, int budget) {
        int perSuite = 0;
        for (int used = 0; ; perSuite++) {
            int index = perSuite;
            List<ReportSample> next = bySuite.values().stream()
                    .filter(samples -> samples.size() > index)
                    .map(samples -> samples.get(index))
                    .toList();
            if (next.isEmpty()) return perSuite;
            for (ReportSample sample : next) {
                used += utf8Length(render("sample.jte", Map.of("sample", sample, "thumbnails", thumbnails)))
                        + SAMPLE_MARGIN_BYTES;
                if (used > budget) return perSuite;
            }
        }
    }

    private static Map<BenchmarkSuite, List<ReportSample>> firstOfEach(
            Map<BenchmarkSuite, List<ReportSample>> bySuite, int perSuite) {
        Map<BenchmarkSuite, List<ReportSample>> first = new LinkedHashMap<>();
        bySuite.forEach((suite, samples) -> first.put(suite, samples.subList(0, Math.min(perSuite, samples.size()))));
        return first;
    }

    private static String renderPage(
            Summary summary, Map<BenchmarkSuite, List<ReportSample>> samples, Thumbnails thumbnails) {
        return render("report.jte", Map.of("summary", summary, "samples", samples, "thumbnails", thumbnails));
    }

    private static String render(String template, Map<String, Object> parameters) {
        StringOutput out = new StringOutput();
        TEMPLATES.render(template, parameters, out);
        return out.toString();
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
