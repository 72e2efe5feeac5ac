package dev.mige4j.eval;

import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.task.Instruction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/**
 * The summary as one HTML file that needs nothing else: bars, pictures of the first questions in their order, all
 * tables.
 *
 * <p>Pictures are small JPEGs inside the file; where all would not fit, they shrink, then the last questions of each
 * suite are left away.
 */
final class HtmlReport {

    /** The most bytes a page may have. */
    static final int MAX_BYTES = 4_000_000;

    private HtmlReport() {}

    /**
     * A question to be shown, with what went in and what came out.
     *
     * @param inputs pictures at the marks
     * @param outputs a picture a model; empty where it has none
     * @param scores by the same names
     */
    record ReportSample(
            String sampleLabel,
            BenchmarkSuite suite,
            String kind,
            String split,
            String instruction,
            List<Image> inputs,
            Image groundTruth,
            Map<String, Optional<Image>> outputs,
            Map<String, Score> scores) {}

    /** How pictures are written: side in pixels, JPEG quality. */
    private record ThumbnailFormat(int side, float quality) {}

    static String render(Summary summary, List<ReportSample> reportSamples) {
        String head = headHtml(summary), tables = tablesHtml(summary) + "</main></body></html>\n";
        int remainingBytes = MAX_BYTES - utf8Length(head) - utf8Length(tables);
        List<ThumbnailFormat> formats = List.of(
                new ThumbnailFormat(144, 0.9f),
                new ThumbnailFormat(128, 0.85f),
                new ThumbnailFormat(112, 0.8f),
                new ThumbnailFormat(96, 0.75f));
        for (ThumbnailFormat format : formats) {
            Map<Image, String> encoded = new HashMap<>();
            Map<BenchmarkSuite, List<String>> samplesBySuite = new EnumMap<>(BenchmarkSuite.class);
            for (ReportSample s : reportSamples)
                samplesBySuite
                        .computeIfAbsent(s.suite, suite -> new ArrayList<>())
                        .add(sampleHtml(s, format, encoded));
            int maxPerSuite =
                    samplesBySuite.values().stream().mapToInt(List::size).max().orElse(0);
            for (int perSuite = maxPerSuite;
                    perSuite == maxPerSuite || perSuite >= 0 && format == formats.get(formats.size() - 1);
                    perSuite--) {
                String images = imagesHtml(samplesBySuite, perSuite);
                if (utf8Length(images) <= remainingBytes) return head + images + tables;
            }
        }
        return head + tables;
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String headHtml(Summary summary) {
        StringBuilder out = new StringBuilder("""
                <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
                <title>nano-MIGEBench</title><style>
                :root{color-scheme:light;--line:#dcdcd6;--soft:#6b6b66;--good:#1f7a3d;--bad:#b03a2e}
                body{margin:0;background:#fbfbf9;color:#1c1c1a;font:15px/1.5 system-ui,sans-serif}main{max-width:1180px;margin:0 auto;padding:24px 20px 60px}
                h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 8px}h3{font-size:14px;margin:18px 0 4px}
                .soft,figcaption{color:var(--soft)}.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}
                td,th{padding:3px 12px 3px 0;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}td:first-child,th:first-child,.left{text-align:left}
                .reached{color:var(--good)}.missed{color:var(--bad)}
                .question{display:flex;flex-wrap:wrap;gap:10px;align-items:flex-start;padding:10px 0;border-bottom:1px solid var(--line)}
                .question p{flex:1 1 200px;max-width:300px;margin:0}.question b{font-weight:600}figure{margin:0}img{display:block;border-radius:3px;background:#eee}
                figcaption{font-size:12px;max-width:144px}.arrow{align-self:center;color:var(--soft);padding:0 2px}
                mark{background:#e4e4dd;border-radius:3px;padding:0 5px;font-size:12px}
                </style></head><body><main><h1>nano-MIGEBench</h1>
                """);
        out.append("<p class=\"soft\">");
        summary.metadata().forEach((key, value) -> out.append(escapeHtml(key))
                .append(": ")
                .append(escapeHtml(value))
                .append("<br>"));
        out.append(
                "</p><h2>Bars</h2><div class=\"wide\"><table><tr><th>what</th><th class=\"left\">model</th><th>bar</th><th>measured [95 %]</th><th class=\"left\"></th></tr>");
        for (Target.TargetResult v : summary.targetResults()) {
            out.append("<tr><td>")
                    .append(escapeHtml(v.target().description()))
                    .append("</td><td class=\"left\">")
                    .append(escapeHtml(v.row()))
                    .append("</td><td>")
                    .append(v.target().thresholdText())
                    .append("</td><td>")
                    .append(v.estimate()
                            .map(e -> TextReport.formatTarget(v.target(), e))
                            .orElse("–"))
                    .append("</td><td class=\"left ")
                    .append(v.estimate().isEmpty() ? "soft" : v.reached() ? "reached" : "missed")
                    .append("\">")
                    .append(v.status())
                    .append("</td></tr>");
        }
        return out.append("</table></div>").toString();
    }

    private static String imagesHtml(Map<BenchmarkSuite, List<String>> samplesBySuite, int perSuite) {
        StringBuilder out = new StringBuilder(
                "<h2>Pictures</h2><p class=\"soft\">The first questions of each suite in the bench's order, none chosen, none left out.</p>");
        samplesBySuite.forEach((suite, samples) -> {
            out.append("<h3>")
                    .append(escapeHtml(suite.label() + ": " + suite.title()))
                    .append("</h3>")
                    .append(
                            suite == BenchmarkSuite.MULTI_TURN
                                    ? "<p class=\"soft\">From the second turn on a model edits its own answer; beside the instruction stands the true picture.</p>"
                                    : "");
            samples.stream().limit(perSuite).forEach(out::append);
        });
        return out.toString();
    }

    private static String sampleHtml(ReportSample s, ThumbnailFormat format, Map<Image, String> encoded) {
        StringBuilder out = new StringBuilder("<div class=\"question\">");
        for (int i = 0; i < s.inputs.size(); i++)
            appendFigure(out, s.inputs.get(i), String.valueOf(i + 1), format, encoded);
        out.append("<p><b>")
                .append(instructionHtml(s.instruction))
                .append("</b><br><span class=\"soft\">")
                .append(escapeHtml(s.sampleLabel + " · " + s.kind + " · " + s.split))
                .append("</span></p>");
        appendFigure(out, s.groundTruth, "truth", format, encoded);
        out.append("<span class=\"arrow\">→</span>");
        s.outputs.forEach((row, image) ->
                image.ifPresent(p -> appendFigure(out, p, row + successMark(s.scores.get(row)), format, encoded)));
        return out.append("</div>\n").toString();
    }

    /** Whether it counted as a success, in a word. */
    private static String successMark(Score score) {
        if (score == null || !score.metrics().containsKey(Metric.SUCCESS)) return "";
        return score.metrics().get(Metric.SUCCESS) == 1 ? " ✓" : " ✗";
    }

    private static void appendFigure(
            StringBuilder out, Image image, String caption, ThumbnailFormat format, Map<Image, String> encoded) {
        out.append("<figure><img alt=\"\" width=\"")
                .append(format.side)
                .append("\" src=\"data:image/jpeg;base64,")
                .append(encoded.computeIfAbsent(image, p -> Base64.getEncoder().encodeToString(encodeJpeg(p, format))))
                .append("\"><figcaption>")
                .append(escapeHtml(caption))
                .append("</figcaption></figure>");
    }

    private static String instructionHtml(String text) {
        StringBuilder out = new StringBuilder();
        String[] parts = text.split(Instruction.IMAGE_PLACEHOLDER, -1);
        for (int i = 0; i < parts.length; i++)
            out.append(i == 0 ? "" : " <mark>" + i + "</mark> ").append(escapeHtml(parts[i]));
        return out.toString();
    }

    private static String tablesHtml(Summary summary) {
        StringBuilder out = new StringBuilder(
                "<h2>Figures</h2><p class=\"soft\">Mean ± half-width of the 95 % interval (bootstrap over questions). L1 and L2 against the truth, channels from 0 to 1; "
                        + "in and out: inside and outside the mask of what was to change.</p>");
        for (Summary.Group group : summary.groups()) {
            out.append("<h3>")
                    .append(escapeHtml(
                            group.grouping() == Summary.Grouping.SUITE
                                    ? group.name() + ": " + group.suite().title()
                                    : group.suite().label() + ", " + group.name()))
                    .append(" <span class=\"soft\">(")
                    .append(group.sampleCount())
                    .append(")</span></h3><div class=\"wide\"><table><tr><th></th>");
            group.metrics().forEach(f -> out.append("<th>").append(f.title()).append("</th>"));
            out.append("</tr>");
            for (String row : summary.rows()) {
                if (!group.estimatesByRow().containsKey(row)) continue;
                out.append("<tr><td>").append(escapeHtml(row)).append("</td>");
                for (Metric f : group.metrics())
                    out.append("<td>")
                            .append(group.estimate(row, f)
                                    .map(e -> TextReport.formatMetric(f, e))
                                    .orElse("–"))
                            .append("</td>");
                out.append("</tr>");
            }
            out.append("</table></div>");
        }
        return out.toString();
    }

    private static byte[] encodeJpeg(Image image, ThumbnailFormat format) {
        Image thumbnail = image.width() <= format.side && image.height() <= format.side
                ? image
                : Resampling.BICUBIC.resize(
                        image, format.side, Math.max(1, format.side * image.height() / image.width()));
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam params = writer.getDefaultWriteParam();
            params.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            params.setCompressionQuality(format.quality);
            writer.setOutput(out);
            writer.write(null, new IIOImage(thumbnail.toBufferedImage(), null, null), params);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static String escapeHtml(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
