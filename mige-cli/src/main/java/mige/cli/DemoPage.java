package mige.cli;

import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mige.image.Picture;
import mige.task.Instruction;
import mige.task.InstructionEdit;
import mige.task.SubjectGeneration;
import mige.task.Task;

/** One self-contained page: a row a request, pictures standing in the sentence where they were said, then what came of it. */
final class DemoPage {

    private static final Pattern MARK = Pattern.compile(Instruction.MARK + "|<image:[^>]*>");
    private static final String HEAD = """
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
        html.append(String.format(Locale.ROOT, HEAD, escaped(title), seed));
    }

    void add(Task task, String said, Picture result) {
        String kind = task instanceof SubjectGeneration ? "new picture with given subjects"
                : task instanceof InstructionEdit ? "edit" : "edit with a given subject";
        html.append("<section><p><small>").append(kind).append("</small>").append(sentence(task.instruction(), said))
                .append("</p>");
        task.canvas().ifPresent(canvas -> html.append("<figure>").append(picture(canvas, "before")).append("</figure>"));
        html.append("<figure>").append(picture(result, said)).append("</figure></section>\n");
    }

    private static String sentence(Instruction instruction, String said) {
        Matcher mark = MARK.matcher(instruction.text());
        StringBuilder sentence = new StringBuilder();
        int from = 0, place = 0;
        while (mark.find()) {
            sentence.append(escaped(instruction.text().substring(from, mark.start()))).append(picture(instruction.pictures().get(place++), said));
            from = mark.end();
        }
        return sentence.append(escaped(instruction.text().substring(from))).toString();
    }

    private static String picture(Picture picture, String description) {
        return "<img alt=\"" + escaped(description) + "\" src=\"data:image/png;base64," + Base64.getEncoder().encodeToString(picture.png(Map.of())) + "\">";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    String html() {
        return html.append("</html>\n").toString();
    }
}
