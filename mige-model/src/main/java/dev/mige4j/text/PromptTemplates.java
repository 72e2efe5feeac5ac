package dev.mige4j.text;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words before the user's words: one prefix a kind of task, as the model was trained with them.
 *
 * <p>There are two ways to a prompt. The default puts the prefix, as it stood in training, in front of the cleaned
 * instruction, keeps every mark, and shows a source that the words do not mention. The faithful one repeats the
 * reference's inference programs: other words for the subject prefix, cleaning that swallows two of the prefixes, marks
 * lost by the cut, keywords replaced inside of words. Each difference stands in {@code docs/faithful.md}. Source:
 * docs/specification/encoder.md section 10, docs/specification/diffusion.md sections 11 and 13.7.
 *
 * @param subject prefix of subject-driven generation
 * @param edit prefix of instruction edits
 * @param subjectEdit prefix of subject-driven edits
 */
public record PromptTemplates(String subject, String edit, String subjectEdit) {

    /** What the published model was trained with. */
    public static final PromptTemplates TRAINING = new PromptTemplates(
            "Follow the text instruction to generate an image with the given objects, preserving the subject's identity:\n ",
            "Follow the instruction to edit the image:\n ",
            "Subject-driven editing:\n ");

    /** What the published inference programs say; they differ in the first. */
    public static final PromptTemplates INFERENCE = new PromptTemplates(
            "Follow the text instruction to generate an image with the given objects' images, preserving the subject's identity:\n ",
            TRAINING.edit,
            TRAINING.subjectEdit);

    /** The reference's keywords for the source, replaced in this order. */
    private static final List<String> SOURCE_KEYWORDS =
            List.of("the image", "this image", "this photo", "the photo", "the picture", "this picture");

    /** All white space there is; tried once a run, so that long runs cost no square. */
    private static final String LEADING_WHITESPACE =
            "(?:(?<!" + Caption.PYTHON_WHITESPACE + ")" + Caption.PYTHON_WHITESPACE + "++)?+";

    private static final List<Pattern> KEYWORD_PATTERNS = SOURCE_KEYWORDS.stream()
            .map(keyword -> Pattern.compile(
                    LEADING_WHITESPACE + keyword + Caption.PYTHON_WHITESPACE + "*",
                    Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE))
            .toList();
    private static final Pattern SOURCE_PHRASE = Pattern.compile(
            "(?<![\\p{L}\\p{N}-])(?:the|this)\\s+(?:image|photo|picture)(?![\\p{L}\\p{N}-])", Pattern.CASE_INSENSITIVE);
    /** Literal text that the tokenizer would turn into the model's own signs. */
    private static final Pattern SPECIAL_TOKENS = Pattern.compile("</s>|<pad>|<unk>|<extra_id_[0-9]{1,2}>");

    /** The prefix of this kind of task. */
    public String prefix(Task task) {
        if (task instanceof SubjectGeneration) return subject;
        return task instanceof InstructionEdit ? edit : subjectEdit;
    }

    /** The prompt with which this library encodes a task; see the class comment. */
    public Prompt defaultPrompt(Task task) {
        Instruction instruction = task.instruction();
        List<Image> images = new ArrayList<>(instruction.images());
        String text = SPECIAL_TOKENS
                .matcher(instruction.text().toLowerCase(Locale.ROOT))
                .replaceAll(" ");
        if (task.source().isPresent())
            text = withSourcePlaceholder(text, images, task.source().get());
        Caption caption = Caption.cleanKeepingPlaceholders(text);
        return new Prompt(prefix(task), caption.text(), images, caption.droppedWords());
    }

    /** The text with a mark for the source, if it had none: for the first "the image" and the like, else at the end. */
    private static String withSourcePlaceholder(String text, List<Image> images, Image source) {
        if (images.contains(source) || images.size() == Instruction.MAX_IMAGES) return text;
        Matcher keyword = SOURCE_PHRASE.matcher(text);
        if (!keyword.find()) {
            images.add(source);
            int end = text.length();
            while (end > 0 && " \t\n\r.!".indexOf(text.charAt(end - 1)) >= 0) end--;
            return text.substring(0, end) + " in" + Instruction.IMAGE_PLACEHOLDER;
        }
        images.add(Instruction.countPlaceholders(text.substring(0, keyword.start())), source);
        return text.substring(0, keyword.start()) + " " + Instruction.IMAGE_PLACEHOLDER + " "
                + text.substring(keyword.end());
    }

    /** The prompt of the reference's inference programs; see the class comment. */
    public Prompt referencePrompt(Task task) {
        PromptTemplates templates = equals(TRAINING) ? INFERENCE : this;
        Instruction instruction = task.instruction();
        if (task instanceof InstructionEdit) {
            Caption caption = templates.edit(instruction.text(), "");
            List<Image> images =
                    instruction.images().isEmpty() ? List.of(task.source().orElseThrow()) : instruction.images();
            return new Prompt(
                    templates.edit, caption.text().substring(templates.edit.length()), images, caption.droppedWords());
        }
        Caption caption = task instanceof SubjectEdit
                ? templates.subjectEdit(instruction.text())
                : templates.subject(instruction.text());
        return new Prompt("", caption.text(), instruction.images(), caption.droppedWords());
    }

    /** Prefix and instruction as the reference's subject program joins them: cleaned together. */
    public Caption subject(String instruction) {
        return Caption.clean(subject + instruction);
    }

    /** Prefix and instruction as the reference's subject edit program joins them: cleaned together. */
    public Caption subjectEdit(String instruction) {
        return Caption.clean(subjectEdit + instruction);
    }

    /** Prefix and instruction as the reference's edit program joins them: marked, cleaned, then the prefix as it is. */
    public Caption edit(String instruction, String scope) {
        return withPrefix(edit, insertSourcePlaceholders(instruction, scope));
    }

    /** A prefix and an instruction as training joins them, and edits at inference: only the instruction is cleaned. */
    public static Caption withPrefix(String prefix, String instruction) {
        Caption caption = Caption.clean(instruction);
        return new Caption(prefix + caption.text(), caption.droppedWords());
    }

    /**
     * The reference's way to say where the source of an edit stands: every "the image", "this photo" and so on, be it
     * inside of words, becomes a mark; if that gives none, {@code " of<imagehere>"} ({@code scope} "global") or
     * {@code " in<imagehere>"} is added. Several keywords give several marks.
     */
    public static String insertSourcePlaceholders(String instruction, String scope) {
        String text = instruction;
        for (Pattern keyword : KEYWORD_PATTERNS)
            text = keyword.matcher(text).replaceAll(" " + Instruction.IMAGE_PLACEHOLDER + " ");
        if (text.contains(Instruction.IMAGE_PLACEHOLDER)) return text;
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '.') end--;
        return text.substring(0, end) + ("global".equals(scope) ? " of" : " in") + Instruction.IMAGE_PLACEHOLDER;
    }
}
