package dev.mige4j.eval.claims;

import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.nano.NanoBenchmark;
import dev.mige4j.eval.report.HtmlReport;
import dev.mige4j.eval.report.Thumbnails;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The results as one HTML page: plot, tables, and the first questions with the answers of all variants. */
final class ClaimsPage {

    private static final int THUMBNAIL_WIDTH = 96;
    private static final float THUMBNAIL_QUALITY = 0.9f;

    private ClaimsPage() {}

    /**
     * A question with its answers.
     *
     * @param answers images of the first seed by label of the variant
     */
    record Question(String suite, Task task, Image target, Map<String, Image> answers) {}

    /** The first questions of each suite, with the answers of the first seed. */
    static List<Question> firstQuestions(NanoBenchmark benchmark, ClaimsFolder folder, int perSuite) {
        List<Question> questions = new ArrayList<>();
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (NanoBenchmark.RenderedSample sample : benchmark.samples()) {
            if (counts.merge(sample.suite().label(), 1, Integer::sum) > perSuite) continue;
            BenchmarkTurn turn = sample.turn(0);
            Map<String, Image> answers = new LinkedHashMap<>();
            for (ClaimVariant variant : ClaimVariant.values()) {
                Path file = folder.evaluation(1)
                        .resolve("outputs")
                        .resolve(new ClaimRun(variant, 1).name())
                        .resolve(sample.outputName(0) + ".png");
                if (Files.exists(file)) answers.put(variant.label(), ImageFile.readAsPillow(file));
            }
            questions.add(new Question(
                    sample.suite().title(),
                    turn.task(Optional.empty()),
                    turn.target().orElseThrow(),
                    answers));
        }
        return questions;
    }

    static String render(ClaimsSummary summary, int seeds, List<Question> questions) {
        Thumbnails thumbnails = new Thumbnails(THUMBNAIL_WIDTH, THUMBNAIL_QUALITY);
        StringBuilder html = new StringBuilder();
        html.append("""
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <title>The claims of the MIGE paper as an experiment</title>
                %s
                <style>
                .answers td, .answers th { text-align: center; vertical-align: bottom }
                .answers td, .answers th { padding: 2px 6px; font-size: 12px }
                .answers img { display: block; margin: auto; width: 96px; image-rendering: auto }
                body { margin: 1rem auto; padding: 0 1rem; max-width: 1200px }
                pre { overflow-x: auto }
                svg { max-width: 100%%; height: auto }
                </style>
                </head>
                <body>
                <h1>The claims of the MIGE paper as an experiment</h1>
                """.formatted(HtmlReport.styleSheet()));
        html.append(ClaimsPlot.render(summary));
        html.append("<h2>Tables</h2>\n<pre>")
                .append(ClaimsPlot.escape(ClaimsTable.render(summary, seeds)))
                .append("</pre>\n");
        if (!questions.isEmpty())
            html.append("<h2>The first questions of each suite</h2>\n<p>None is selected. Answers of the first seed; a"
                    + " variant without an answer is not asked.</p>\n");
        String suite = "";
        for (Question question : questions) {
            if (!question.suite.equals(suite)) {
                suite = question.suite;
                html.append("<h3>").append(ClaimsPlot.escape(suite)).append("</h3>\n");
            }
            appendQuestion(html, question, thumbnails);
        }
        return html.append("</body>\n</html>\n").toString();
    }

    private static void appendQuestion(StringBuilder html, Question question, Thumbnails thumbnails) {
        Instruction instruction = question.task.instruction();
        Map<String, Image> cells = new LinkedHashMap<>();
        for (int i = 0; i < instruction.images().size(); i++) {
            Image image = instruction.images().get(i);
            boolean isSource = question.task.source().filter(image::equals).isPresent();
            cells.put("image " + (i + 1) + (isSource ? ", source" : ""), image);
        }
        cells.put("target", question.target);
        cells.putAll(question.answers);
        html.append("<p>")
                .append(ClaimsPlot.escape(numbered(instruction.text())))
                .append("</p>\n");
        html.append("<table class=\"answers\"><tr>");
        cells.keySet().forEach(name -> html.append("<th scope=\"col\">")
                .append(ClaimsPlot.escape(name))
                .append("</th>"));
        html.append("</tr><tr>");
        cells.forEach((name, image) -> html.append("<td><img alt=\"")
                .append(ClaimsPlot.escape(name))
                .append("\" src=\"")
                .append(thumbnails.dataUri(image))
                .append("\"></td>"));
        html.append("</tr></table>\n");
    }

    /** The instruction with {@code [1]} for its first image, and so on. */
    private static String numbered(String text) {
        String[] parts = text.split(Instruction.IMAGE_PLACEHOLDER, -1);
        StringBuilder out = new StringBuilder(parts[0]);
        for (int i = 1; i < parts.length; i++)
            out.append(" [").append(i).append("] ").append(parts[i]);
        return out.toString().strip();
    }
}
