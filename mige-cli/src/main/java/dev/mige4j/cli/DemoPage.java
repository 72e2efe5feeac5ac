package dev.mige4j.cli;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One self-contained page: a row a request, pictures standing in the sentence where they were said, then what came of
 * it.
 */
final class DemoPage {

    private static final Pattern IMAGE_PLACEHOLDER = Pattern.compile(Instruction.IMAGE_PLACEHOLDER + "|<image:[^>]*>");
    private static final String HTML_HEAD = """
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>%1$s</title>
            <style>
              body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
              section { display: flex; flex-wrap: wrap; align-items: center; gap: 1rem; padding: 1rem 0; border-top: 1px solid #8884; }
              p { flex: 1 1 20rem; margin: 0; font-size: 1.15rem; }
              p img { height: 6rem; vertical-align: middle; border-radius: .4rem; margin: .15rem; }
              figure { margin: 0; } figure img { height: 14rem; max-width: 100%%; border-radius: .6rem; display: block; }
              small { opacity: .7; display: block; }
            </style>
            <h1>%1$s</h1>
            <p>Not chosen: one try each, seed %2$d. Every picture beside this page carries its recipe: <code>mige recipe FILE</code>.</p>
            """;

    private final StringBuilder html = new StringBuilder();

    DemoPage(String title, long seed) {
        html.append(String.format(Locale.ROOT, HTML_HEAD, escapeHtml(title), seed));
    }

    void add(Task task, String instructionText, Image result) {
        String taskLabel = task instanceof SubjectGeneration
                ? "new picture with given subjects"
                : task instanceof InstructionEdit ? "edit" : "edit with a given subject";
        html.append("<section><p><small>")
                .append(taskLabel)
                .append("</small>")
                .append(instructionHtml(task.instruction(), instructionText))
                .append("</p>");
        task.source().ifPresent(source -> html.append("<figure>")
                .append(imageTag(source, "before"))
                .append("</figure>"));
        html.append("<figure>").append(imageTag(result, instructionText)).append("</figure></section>\n");
    }

    private static String instructionHtml(Instruction instruction, String altText) {
        Matcher placeholder = IMAGE_PLACEHOLDER.matcher(instruction.text());
        StringBuilder markup = new StringBuilder();
        int position = 0, imageIndex = 0;
        while (placeholder.find()) {
            markup.append(escapeHtml(instruction.text().substring(position, placeholder.start())))
                    .append(imageTag(instruction.images().get(imageIndex++), altText));
            position = placeholder.end();
        }
        return markup.append(escapeHtml(instruction.text().substring(position))).toString();
    }

    private static String imageTag(Image image, String description) {
        return "<img alt=\"" + escapeHtml(description) + "\" src=\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(image.toPng(Map.of())) + "\">";
    }

    private static String escapeHtml(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    String html() {
        return html.append("</html>\n").toString();
    }
}
