package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.Optional;

/**
 * A picture changed with the help of others: "put {@code <image:dog>} on the sofa in {@code <image:room>}", source: the
 * room.
 *
 * <p>At least one picture besides the source must be shown. The source may be among the pictures, as in the paper's
 * training data; if it is not, {@code mige.text.Prompts} says where it stands.
 *
 * @throws UsageException when the instruction shows no picture besides the source
 */
public record SubjectEdit(Instruction instruction, Image sourceImage) implements Task {

    public SubjectEdit {
        UsageException.requireNonNull(instruction, "instruction");
        UsageException.requireNonNull(sourceImage, "source");
        if (instruction.images().stream().allMatch(sourceImage::equals))
            throw new UsageException(
                    "A subject edit needs a picture besides its source, but the instruction shows none. "
                            + "Add --image with <image> in the text, or ask for an instruction edit.");
    }

    @Override
    public Optional<Image> source() {
        return Optional.of(sourceImage);
    }
}
