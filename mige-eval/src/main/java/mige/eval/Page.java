package mige.eval;

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

import mige.image.Picture;
import mige.image.Resampling;
import mige.task.Instruction;

/**
 * The summary as one HTML file that needs nothing else: bars, pictures of the first questions in their order, all tables.
 *
 * <p>Pictures are small JPEGs inside the file; where all would not fit, they shrink, then the last questions of each suite
 * are left away.
 */
final class Page {

    /** The most bytes a page may have. */
    static final int LIMIT = 4_000_000;

    private Page() {}

    /**
     * A question to be shown, with what went in and what came out.
     *
     * @param inputs  pictures at the marks
     * @param answers a picture a model; empty where it has none
     * @param scores  by the same names
     */
    record Shown(String question, Suite suite, String kind, String split, String instruction, List<Picture> inputs, Picture truth,
                 Map<String, Optional<Picture>> answers, Map<String, Score> scores) {}

    /** How pictures are written: side in pixels, JPEG quality. */
    private record Thumbnail(int side, float quality) {}

    static String html(Summary summary, List<Shown> shown) {
        String head = head(summary), tables = tables(summary) + "</main></body></html>\n";
        int room = LIMIT - bytes(head) - bytes(tables);
        List<Thumbnail> sizes = List.of(new Thumbnail(144, 0.9f), new Thumbnail(128, 0.85f), new Thumbnail(112, 0.8f), new Thumbnail(96, 0.75f));
        for (Thumbnail size : sizes) {
            Map<Picture, String> drawn = new HashMap<>();
            Map<Suite, List<String>> questions = new EnumMap<>(Suite.class);
            for (Shown s : shown) questions.computeIfAbsent(s.suite, of -> new ArrayList<>()).add(question(s, size, drawn));
            int most = questions.values().stream().mapToInt(List::size).max().orElse(0);
            for (int each = most; each == most || each >= 0 && size == sizes.get(sizes.size() - 1); each--) {
                String pictures = pictures(questions, each);
                if (bytes(pictures) <= room) return head + pictures + tables;
            }
        }
        return head + tables;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String head(Summary summary) {
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
        summary.about().forEach((key, value) -> out.append(escape(key)).append(": ").append(escape(value)).append("<br>"));
        out.append("</p><h2>Bars</h2><div class=\"wide\"><table><tr><th>what</th><th class=\"left\">model</th><th>bar</th><th>measured [95 %]</th><th class=\"left\"></th></tr>");
        for (Bar.Verdict v : summary.bars()) {
            out.append("<tr><td>").append(escape(v.bar().what())).append("</td><td class=\"left\">").append(escape(v.row())).append("</td><td>").append(v.bar().limitText()).append("</td><td>")
                    .append(v.estimate().map(e -> Table.bar(v.bar(), e)).orElse("–")).append("</td><td class=\"left ").append(v.estimate().isEmpty() ? "soft" : v.reached() ? "reached" : "missed")
                    .append("\">").append(v.word()).append("</td></tr>");
        }
        return out.append("</table></div>").toString();
    }

    private static String pictures(Map<Suite, List<String>> questions, int each) {
        StringBuilder out = new StringBuilder("<h2>Pictures</h2><p class=\"soft\">The first questions of each suite in the bench's order, none chosen, none left out.</p>");
        questions.forEach((suite, of) -> {
            out.append("<h3>").append(escape(suite.label() + ": " + suite.title())).append("</h3>")
                    .append(suite == Suite.MULTI_TURN ? "<p class=\"soft\">From the second turn on a model edits its own answer; beside the instruction stands the true picture.</p>" : "");
            of.stream().limit(each).forEach(out::append);
        });
        return out.toString();
    }

    private static String question(Shown s, Thumbnail size, Map<Picture, String> drawn) {
        StringBuilder out = new StringBuilder("<div class=\"question\">");
        for (int i = 0; i < s.inputs.size(); i++) figure(out, s.inputs.get(i), String.valueOf(i + 1), size, drawn);
        out.append("<p><b>").append(instruction(s.instruction)).append("</b><br><span class=\"soft\">").append(escape(s.question + " · " + s.kind + " · " + s.split)).append("</span></p>");
        figure(out, s.truth, "truth", size, drawn);
        out.append("<span class=\"arrow\">→</span>");
        s.answers.forEach((row, picture) -> picture.ifPresent(p -> figure(out, p, row + said(s.scores.get(row)), size, drawn)));
        return out.append("</div>\n").toString();
    }

    /** Whether it counted as a success, in a word. */
    private static String said(Score score) {
        if (score == null || !score.figures().containsKey(Figure.SUCCESS)) return "";
        return score.figures().get(Figure.SUCCESS) == 1 ? " ✓" : " ✗";
    }

    private static void figure(StringBuilder out, Picture picture, String caption, Thumbnail size, Map<Picture, String> drawn) {
        out.append("<figure><img alt=\"\" width=\"").append(size.side).append("\" src=\"data:image/jpeg;base64,")
                .append(drawn.computeIfAbsent(picture, p -> Base64.getEncoder().encodeToString(jpeg(p, size)))).append("\"><figcaption>").append(escape(caption)).append("</figcaption></figure>");
    }

    private static String instruction(String text) {
        StringBuilder out = new StringBuilder();
        String[] parts = text.split(Instruction.MARK, -1);
        for (int i = 0; i < parts.length; i++) out.append(i == 0 ? "" : " <mark>" + i + "</mark> ").append(escape(parts[i]));
        return out.toString();
    }

    private static String tables(Summary summary) {
        StringBuilder out = new StringBuilder("<h2>Figures</h2><p class=\"soft\">Mean ± half-width of the 95 % interval (bootstrap over questions). L1 and L2 against the truth, channels from 0 to 1; "
                + "in and out: inside and outside the mask of what was to change.</p>");
        for (Summary.Group group : summary.groups()) {
            out.append("<h3>").append(escape(group.by() == Summary.By.SUITE ? group.name() + ": " + group.suite().title() : group.suite().label() + ", " + group.name()))
                    .append(" <span class=\"soft\">(").append(group.questions()).append(")</span></h3><div class=\"wide\"><table><tr><th></th>");
            group.figures().forEach(f -> out.append("<th>").append(f.title()).append("</th>"));
            out.append("</tr>");
            for (String row : summary.rows()) {
                if (!group.rows().containsKey(row)) continue;
                out.append("<tr><td>").append(escape(row)).append("</td>");
                for (Figure f : group.figures()) out.append("<td>").append(group.estimate(row, f).map(e -> Table.figure(f, e)).orElse("–")).append("</td>");
                out.append("</tr>");
            }
            out.append("</table></div>");
        }
        return out.toString();
    }

    private static byte[] jpeg(Picture picture, Thumbnail size) {
        Picture small = picture.width() <= size.side && picture.height() <= size.side ? picture
                : Resampling.BICUBIC.resize(picture, size.side, Math.max(1, size.side * picture.height() / picture.width()));
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam how = writer.getDefaultWriteParam();
            how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            how.setCompressionQuality(size.quality);
            writer.setOutput(out);
            writer.write(null, new IIOImage(small.toBufferedImage(), null, null), how);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
