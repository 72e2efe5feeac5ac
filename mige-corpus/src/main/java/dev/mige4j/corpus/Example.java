package dev.mige4j.corpus;

import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.image.Image;
import java.util.List;
import java.util.Optional;

/**
 * A rendered example; all images are size x size pixels.
 *
 * @param spec the specification
 * @param references the images of the placeholders in order; the source is among them for edits
 * @param source the image to edit; empty for subject generation
 * @param target the image to generate
 * @param mask [size*size]: 255 where source and target differ by more than 8 of 255 or the changed objects are, else 0;
 *     for subject generation, 255 where the objects are
 * @param boundingBox bounds of the changed objects in the target, or in the source when the target lacks them
 */
@SuppressWarnings("ArrayRecordComponent") // examples are not compared, their specifications are
public record Example(
        ExampleSpec spec,
        List<Image> references,
        Optional<Image> source,
        Image target,
        byte[] mask,
        BoundingBox boundingBox) {

    /** A rectangle in pixels; right and bottom are exclusive. */
    public record BoundingBox(int left, int top, int right, int bottom) {

        /** Area in pixels. */
        public int area() {
            return (right - left) * (bottom - top);
        }
    }

    /** The task: {@code subject}, {@code edit} or {@code subject_edit}. */
    public String task() {
        return spec.kind().task();
    }

    /** The instruction with its placeholders. */
    public String instruction() {
        return spec.instruction();
    }
}
