package mige.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import mige.image.Picture;
import mige.task.Instruction;
import mige.task.InstructionEdit;
import mige.task.SubjectEdit;
import mige.task.SubjectGeneration;
import mige.task.Task;

/**
 * The words before the user's words: one prefix a kind of task, as the model was trained with them.
 *
 * <p>There are two ways to a prompt. The default puts the prefix, as it stood in training, in front of the cleaned
 * instruction, keeps every mark, and shows a source that the words do not mention. The faithful one repeats the
 * reference's inference programs: other words for the subject prefix, cleaning that swallows two of the prefixes, marks
 * lost by the cut, keywords replaced inside of words. Each difference stands in {@code docs/faithful.md}. Source:
 * reference ENCODER.md section 10, DIFFUSION.md sections 11 and 13.7.
 *
 * @param subject     prefix of subject-driven generation
 * @param edit        prefix of instruction edits
 * @param subjectEdit prefix of subject-driven edits
 */
public record Prompts(String subject, String edit, String subjectEdit) {

    /** What the published model was trained with. */
    public static final Prompts TRAINING = new Prompts(
            "Follow the text instruction to generate an image with the given objects, preserving the subject's identity:\n ",
            "Follow the instruction to edit the image:\n ",
            "Subject-driven editing:\n ");

    /** What the published inference programs say; they differ in the first. */
    public static final Prompts INFERENCE = new Prompts(
            "Follow the text instruction to generate an image with the given objects' images, preserving the subject's identity:\n ",
            TRAINING.edit, TRAINING.subjectEdit);

    /** The reference's keywords for the source, replaced in this order. */
    private static final List<String> KEYWORDS = List.of("the image", "this image", "this photo", "the photo", "the picture", "this picture");

    /** All white space there is; tried once a run, so that long runs cost no square. */
    private static final String BEFORE = "(?:(?<!" + Caption.SPACE + ")" + Caption.SPACE + "++)?+";
    private static final List<Pattern> ANYWHERE = KEYWORDS.stream()
            .map(words -> Pattern.compile(BEFORE + words + Caption.SPACE + "*", Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)).toList();
    private static final Pattern SOURCE = Pattern.compile("(?<![\\p{L}\\p{N}-])(?:the|this)\\s+(?:image|photo|picture)(?![\\p{L}\\p{N}-])",
            Pattern.CASE_INSENSITIVE);
    /** Literal text that the tokenizer would turn into the model's own signs. */
    private static final Pattern SIGNS = Pattern.compile("</s>|<pad>|<unk>|<extra_id_[0-9]{1,2}>");

    /** The prompt of a task: the default way, or the reference's when {@code faithful}. */
    public Prompt of(Task task, boolean faithful) {
        return faithful ? faithful(task) : plain(task);
    }

    /** The prefix of this kind of task. */
    public String prefix(Task task) {
        if (task instanceof SubjectGeneration) return subject;
        return task instanceof InstructionEdit ? edit : subjectEdit;
    }

    private Prompt plain(Task task) {
        Instruction said = task.instruction();
        List<Picture> pictures = new ArrayList<>(said.pictures());
        String text = SIGNS.matcher(said.text().toLowerCase(Locale.ROOT)).replaceAll(" ");
        if (task.canvas().isPresent()) text = withSource(text, pictures, task.canvas().get());
        Caption caption = Caption.cleanKeepingMarks(text);
        return new Prompt(prefix(task), caption.text(), pictures, caption.dropped());
    }

    /** The text with a mark for the source, if it had none: for the first "the image" and the like, else at the end. */
    private static String withSource(String text, List<Picture> pictures, Picture source) {
        if (pictures.contains(source) || pictures.size() == Instruction.MAX_PICTURES) return text;
        Matcher keyword = SOURCE.matcher(text);
        if (!keyword.find()) {
            pictures.add(source);
            int end = text.length();
            while (end > 0 && " \t\n\r.!".indexOf(text.charAt(end - 1)) >= 0) end--;
            return text.substring(0, end) + " in" + Instruction.MARK;
        }
        pictures.add(Instruction.marks(text.substring(0, keyword.start())), source);
        return text.substring(0, keyword.start()) + " " + Instruction.MARK + " " + text.substring(keyword.end());
    }

    private Prompt faithful(Task task) {
        Prompts words = equals(TRAINING) ? INFERENCE : this;
        Instruction said = task.instruction();
        if (task instanceof InstructionEdit) {
            Caption caption = words.edit(said.text(), "");
            List<Picture> shown = said.pictures().isEmpty() ? List.of(task.canvas().orElseThrow()) : said.pictures();
            return new Prompt(words.edit, caption.text().substring(words.edit.length()), shown, caption.dropped());
        }
        Caption caption = task instanceof SubjectEdit ? words.subjectEdit(said.text()) : words.subject(said.text());
        return new Prompt("", caption.text(), said.pictures(), caption.dropped());
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
        return after(edit, marked(instruction, scope));
    }

    /** A prefix and an instruction as training joins them, and edits at inference: only the instruction is cleaned. */
    public static Caption after(String prefix, String instruction) {
        Caption caption = Caption.clean(instruction);
        return new Caption(prefix + caption.text(), caption.dropped());
    }

    /**
     * The reference's way to say where the source of an edit stands: every "the image", "this photo" and so on, be it
     * inside of words, becomes a mark; if that gives none, {@code " of<imagehere>"} ({@code scope} "global") or
     * {@code " in<imagehere>"} is added. Several keywords give several marks.
     */
    public static String marked(String instruction, String scope) {
        String text = instruction;
        for (Pattern keyword : ANYWHERE) text = keyword.matcher(text).replaceAll(" " + Instruction.MARK + " ");
        if (text.contains(Instruction.MARK)) return text;
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '.') end--;
        return text.substring(0, end) + ("global".equals(scope) ? " of" : " in") + Instruction.MARK;
    }
}
