package dev.mige4j.cli;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * A self-contained HTML page with a section per request: the instruction with its images, the source, and the output.
 * The markup is in the template {@code demo.jte}.
 */
final class DemoPage {

    private static final TemplateEngine TEMPLATES = TemplateEngine.createPrecompiled(
            null, ContentType.Html, DemoPage.class.getClassLoader(), DemoPage.class.getPackageName());

    /**
     * A request and its output; images are {@code data:} URIs.
     *
     * @param source null for generation
     */
    record Entry(
            String taskLabel, List<InstructionPart> instruction, String description, String source, String output) {}

    /** Text or an image of an instruction; the image is null for text. */
    record InstructionPart(String text, String image) {}

    private final String title;
    private final long seed;
    private final List<Entry> entries = new ArrayList<>();

    DemoPage(String title, long seed) {
        this.title = title;
        this.seed = seed;
    }

    /** Adds a request with its output. */
    void add(Task task, String instructionText, Image output) {
        entries.add(new Entry(
                taskLabel(task),
                instructionParts(task.instruction()),
                instructionText,
                task.source().map(DemoPage::dataUri).orElse(null),
                dataUri(output)));
    }

    private static String taskLabel(Task task) {
        if (task instanceof SubjectGeneration) return "subject generation";
        return task instanceof InstructionEdit ? "instruction-based editing" : "subject-driven editing";
    }

    private static List<InstructionPart> instructionParts(Instruction instruction) {
        List<InstructionPart> parts = new ArrayList<>();
        String[] texts = instruction.text().split(Instruction.IMAGE_PLACEHOLDER, -1);
        for (int i = 0; i < texts.length; i++) {
            parts.add(new InstructionPart(texts[i], null));
            if (i + 1 < texts.length)
                parts.add(new InstructionPart("", dataUri(instruction.images().get(i))));
        }
        return parts;
    }

    private static String dataUri(Image image) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(image.toPng(Map.of()));
    }

    String title() {
        return title;
    }

    long seed() {
        return seed;
    }

    List<Entry> entries() {
        return entries;
    }

    /** The HTML document. */
    String html() {
        StringOutput out = new StringOutput();
        TEMPLATES.render("demo.jte", this, out);
        return out.toString();
    }
}
