package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.Optional;

/**
 * Generates a new image that contains the given subjects: "a {@code <image>} asleep on {@code <image>}". The
 * instruction has up to {@value Instruction#MAX_IMAGES} images; without any this is plain text-to-image generation.
 */
public record SubjectGeneration(Instruction instruction) implements Task {

    public SubjectGeneration {
        UsageException.requireNonNull(instruction, "instruction");
    }

    @Override
    public Optional<Image> source() {
        return Optional.empty();
    }
}
