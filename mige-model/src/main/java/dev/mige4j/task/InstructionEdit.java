package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A picture changed as the words say: "make the dog in {@code <image>} blue".
 *
 * <p>The words may leave the mark out ("make the dog blue"): {@code mige.text.Prompts} then says where the source
 * stands, as the reference does. If they have marks, each must be the source.
 *
 * @throws UsageException when the instruction shows another picture than the source
 */
public record InstructionEdit(Instruction instruction, Image sourceImage) implements Task {

    private static final Pattern POSITIONAL_PLACEHOLDER = Pattern.compile("<image(here)?>", Pattern.CASE_INSENSITIVE);

    public InstructionEdit {
        UsageException.requireNonNull(instruction, "instruction");
        UsageException.requireNonNull(sourceImage, "source");
        long others = instruction.images().stream()
                .filter(image -> !image.equals(sourceImage))
                .count();
        if (others > 0)
            throw new UsageException(
                    "An instruction edit shows its source and nothing else, but the instruction has %d other picture%s. "
                            + "Ask for a subject edit, or take %s away.",
                    others, others == 1 ? "" : "s", others == 1 ? "it" : "them");
    }

    /** The edit of one picture: every {@code <image>} in the text, if there is one, stands for it. */
    public static InstructionEdit of(String text, Image source) {
        UsageException.requireNonNull(text, "text");
        UsageException.requireNonNull(source, "source");
        String named = POSITIONAL_PLACEHOLDER.matcher(text).replaceAll("<image:source>");
        return new InstructionEdit(
                Instruction.of(named, List.of(), named.equals(text) ? Map.of() : Map.of("source", source)), source);
    }

    @Override
    public Optional<Image> source() {
        return Optional.of(sourceImage);
    }
}
