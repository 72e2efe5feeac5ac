package dev.mige4j.text;

import com.fasterxml.jackson.annotation.JsonInclude;
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
 * Prompt templates: one prefix for each kind of task.
 *
 * <p>A prompt is built in one of two ways. By default the training prefix precedes the cleaned instruction, every
 * placeholder is kept, and a source that the text does not mention gets a placeholder. The faithful mode repeats the
 * reference's inference scripts: another subject prefix, cleaning that also changes two of the prefixes, placeholders
 * lost by truncation, keywords replaced inside other words. {@code docs/faithful.md} lists each difference. Source:
 * docs/specification/encoder.md section 10, docs/specification/diffusion.md sections 11 and 13.7.
 *
 * @param subject prefix of subject-driven generation
 * @param edit prefix of instruction edits
 * @param subjectEdit prefix of subject-driven edits
 * @param textOnly whether {@link #defaultPrompt} leaves all images out of the instruction, for a model that was trained
 *     on text-only instructions, an ablation; default: false
 */
public record PromptTemplates(
        String subject,
        String edit,
        String subjectEdit,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean textOnly) {

    /** The prefixes of a model that reads images in its instructions. */
    public PromptTemplates(String subject, String edit, String subjectEdit) {
        this(subject, edit, subjectEdit, false);
    }

    /** The prefixes of the published model's training. */
    public static final PromptTemplates TRAINING = new PromptTemplates(
            "Follow the text instruction to generate an image with the given objects, "
                    + "preserving the subject's identity:\n ",
            "Follow the instruction to edit the image:\n ",
            "Subject-driven editing:\n ");

    /** The prefixes of the published inference scripts; only the first differs from {@link #TRAINING}. */
    public static final PromptTemplates INFERENCE = new PromptTemplates(
            "Follow the text instruction to generate an image with the given objects' images, "
                    + "preserving the subject's identity:\n ",
            TRAINING.edit,
            TRAINING.subjectEdit);

    /** The reference's keywords for the source, replaced in this order. */
    private static final List<String> SOURCE_KEYWORDS =
            List.of("the image", "this image", "this photo", "the photo", "the picture", "this picture");

    /** A run of whitespace; matched only at its start and possessively, so that long runs take linear time. */
    private static final String LEADING_WHITESPACE =
            "(?:(?<!" + Caption.PYTHON_WHITESPACE + ")" + Caption.PYTHON_WHITESPACE + "++)?+";

    private static final List<Pattern> KEYWORD_PATTERNS = SOURCE_KEYWORDS.stream()
            .map(keyword -> Pattern.compile(
                    LEADING_WHITESPACE + keyword + Caption.PYTHON_WHITESPACE + "*",
                    Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE))
            .toList();
    private static final Pattern SOURCE_PHRASE = Pattern.compile(
            "(?<![\\p{L}\\p{N}-])(?:the|this)\\s+(?:image|photo|picture)(?![\\p{L}\\p{N}-])", Pattern.CASE_INSENSITIVE);
    /** Literal text that the tokenizer would turn into special tokens. */
    private static final Pattern SPECIAL_TOKENS = Pattern.compile("</s>|<pad>|<unk>|<extra_id_[0-9]{1,2}>");

    /** The prefix of this kind of task. */
    public String prefix(Task task) {
        if (task instanceof SubjectGeneration) return subject;
        return task instanceof InstructionEdit ? edit : subjectEdit;
    }

    /** The prompt of a task by default, see the class comment. */
    public Prompt defaultPrompt(Task task) {
        Instruction instruction = task.instruction();
        List<Image> images = new ArrayList<>(instruction.images());
        String text = SPECIAL_TOKENS
                .matcher(instruction.text().toLowerCase(Locale.ROOT))
                .replaceAll(" ");
        if (textOnly) {
            text = text.replace(Instruction.IMAGE_PLACEHOLDER, " ");
            images.clear();
        } else if (task.source().isPresent())
            text = withSourcePlaceholder(text, images, task.source().get());
        Caption caption = Caption.cleanKeepingPlaceholders(text);
        return new Prompt(prefix(task), caption.text(), images, caption.droppedWords());
    }

    /** Adds a placeholder for the source, and the source to the images, unless it is one of them. */
    private static String withSourcePlaceholder(String text, List<Image> images, Image source) {
        if (images.contains(source) || images.size() == Instruction.MAX_IMAGES) return text;
        Matcher keyword = SOURCE_PHRASE.matcher(text);
        images.add(
                keyword.find() ? Instruction.countPlaceholders(text.substring(0, keyword.start())) : images.size(),
                source);
        return withSourcePlaceholder(text);
    }

    /**
     * An instruction with a placeholder for the source: in place of the first "the image", "this photo" and so on, or
     * else at the end, as in "add snow in{@code <imagehere>}".
     */
    public static String withSourcePlaceholder(String text) {
        Matcher keyword = SOURCE_PHRASE.matcher(text);
        if (keyword.find())
            return text.substring(0, keyword.start()) + " " + Instruction.IMAGE_PLACEHOLDER + " "
                    + text.substring(keyword.end());
        int end = text.length();
        while (end > 0 && " \t\n\r.!".indexOf(text.charAt(end - 1)) >= 0) end--;
        return text.substring(0, end) + " in" + Instruction.IMAGE_PLACEHOLDER;
    }

    /** The prompt of a task in the faithful mode: that of the reference's inference scripts. */
    public Prompt referencePrompt(Task task) {
        PromptTemplates templates = equals(TRAINING) ? INFERENCE : this;
        Instruction instruction = task.instruction();
        if (task instanceof InstructionEdit) {
            Caption caption = templates.edit(instruction.text(), "");
            return new Prompt(
                    templates.edit,
                    caption.text().substring(templates.edit.length()),
                    task.source().stream().toList(), // in slot 0 alone; further placeholders take empty slots
                    caption.droppedWords());
        }
        Caption caption = task instanceof SubjectEdit
                ? templates.subjectEdit(instruction.text())
                : templates.subject(instruction.text());
        return new Prompt("", caption.text(), instruction.images(), caption.droppedWords());
    }

    /** Prefix and instruction as in the reference's script for subject generation: cleaned together. */
    public Caption subject(String instruction) {
        return Caption.clean(subject + instruction);
    }

    /** Prefix and instruction as in the reference's script for subject edits: cleaned together. */
    public Caption subjectEdit(String instruction) {
        return Caption.clean(subjectEdit + instruction);
    }

    /**
     * Prefix and instruction as in the reference's script for instruction edits: the instruction gets placeholders for
     * the source ({@link #insertSourcePlaceholders}) and is cleaned, the prefix is not.
     */
    public Caption edit(String instruction, String scope) {
        return withPrefix(edit, insertSourcePlaceholders(instruction, scope));
    }

    /** Prefix and instruction as in training, and as for edits at inference: only the instruction is cleaned. */
    public static Caption withPrefix(String prefix, String instruction) {
        Caption caption = Caption.clean(instruction);
        return new Caption(prefix + caption.text(), caption.droppedWords());
    }

    /**
     * Inserts placeholders for the source of an edit as the reference does: every "the image", "this photo" and so on,
     * even inside other words, becomes a placeholder; if there is none, {@code " of<imagehere>"} ({@code scope}
     * "global") or {@code " in<imagehere>"} is appended. Several keywords give several placeholders.
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
