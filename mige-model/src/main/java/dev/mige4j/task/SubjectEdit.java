package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.Optional;

/**
 * Edits an image with the help of other images: "put {@code <image:dog>} on the sofa in {@code <image:room>}", where
 * the room is the source.
 *
 * <p>The instruction has at least one image besides the source. The source may be among its images, as in the paper's
 * training data; if it is not, {@link dev.mige4j.text.PromptTemplates} inserts a placeholder for it.
 */
public record SubjectEdit(Instruction instruction, Image sourceImage) implements Task {

    /** Throws {@link UsageException} when the instruction has no image besides the source. */
    public SubjectEdit {
        UsageException.requireNonNull(instruction, "instruction");
        UsageException.requireNonNull(sourceImage, "sourceImage");
        if (instruction.images().stream().allMatch(sourceImage::equals))
            throw new UsageException("A subject edit needs an image besides its source, but the instruction has none. "
                    + "Add an image with its <image> placeholder, or use an instruction edit.");
    }

    @Override
    public Optional<Image> source() {
        return Optional.of(sourceImage);
    }
}
