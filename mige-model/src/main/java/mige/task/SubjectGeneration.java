package mige.task;

import java.util.Optional;

import mige.image.Picture;

/**
 * A new picture with the given subjects in it: "a {@code <image>} asleep on {@code <image>}". One to four pictures;
 * none at all is plain text to image, which the model can do too.
 */
public record SubjectGeneration(Instruction instruction) implements Task {

    @Override public Optional<Picture> canvas() {
        return Optional.empty();
    }
}
