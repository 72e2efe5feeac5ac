package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.Optional;

/**
 * A new picture with the given subjects in it: "a {@code <image>} asleep on {@code <image>}". One to four pictures;
 * none at all is plain text to image, which the model can do too.
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
