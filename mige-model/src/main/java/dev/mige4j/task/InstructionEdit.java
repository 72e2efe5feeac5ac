package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Edits an image according to a text instruction: "make the dog in {@code <image>} blue".
 *
 * <p>The placeholder may be left out ("make the dog blue"): {@link dev.mige4j.text.PromptTemplates} then inserts one
 * for the source, as the reference does. Every placeholder in the text refers to the source.
 */
public record InstructionEdit(Instruction instruction, Image sourceImage) implements Task {

    private static final Pattern POSITIONAL_PLACEHOLDER = Pattern.compile("<image(:1)?>");

    /** Throws {@link UsageException} when the instruction has an image other than the source. */
    public InstructionEdit {
        UsageException.requireNonNull(instruction, "instruction");
        UsageException.requireNonNull(sourceImage, "sourceImage");
        long others = instruction.images().stream()
                .filter(image -> !image.equals(sourceImage))
                .count();
        if (others > 0)
            throw new UsageException(
                    "An instruction edit takes no image besides its source, but the instruction has %d other image%s. "
                            + "Use a subject edit, or remove %s.",
                    others, others == 1 ? "" : "s", others == 1 ? "it" : "them");
    }

    /**
     * The edit of one image; every {@code <image>} or {@code <image1>} placeholder in the text, if any, refers to it.
     *
     * @throws UsageException when an argument is null or the text is blank or too long
     */
    public static InstructionEdit of(String text, Image source) {
        UsageException.requireNonNull(text, "text");
        UsageException.requireNonNull(source, "source");
        String normalized = Placeholders.normalize(text);
        String named = POSITIONAL_PLACEHOLDER.matcher(normalized).replaceAll("<image:source>");
        return new InstructionEdit(
                Instruction.of(named, List.of(), named.equals(normalized) ? Map.of() : Map.of("source", source)),
                source);
    }

    @Override
    public Optional<Image> source() {
        return Optional.of(sourceImage);
    }
}
