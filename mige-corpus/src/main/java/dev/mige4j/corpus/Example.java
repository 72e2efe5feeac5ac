package dev.mige4j.corpus;

import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.image.Image;
import java.util.List;
import java.util.Optional;

/**
 * A training example, drawn.
 *
 * @param spec what it is
 * @param references pictures in the order of the markers, the source among them for edits
 * @param source the picture to edit; empty for subject generation
 * @param target the picture to make
 * @param mask [size*size] 255 where target and source differ (by more than 8/255) or where the thing is; 0 elsewhere.
 *     For subject generation: where the things are
 * @param boundingBox bounds of the changed thing in the target, or in the source when the target lacks it
 */
public record Example(
        ExampleSpec spec,
        List<Image> references,
        Optional<Image> source,
        Image target,
        byte[] mask,
        BoundingBox boundingBox) {

    /** A rectangle in pixels: left, top, right and bottom, the last two exclusive. */
    public record BoundingBox(int left, int top, int right, int bottom) {
        public int area() {
            return (right - left) * (bottom - top);
        }
    }

    /** subject, edit or subject_edit. */
    public String task() {
        return spec.kind().task();
    }

    /** The instruction with its markers. */
    public String instruction() {
        return spec.instruction();
    }
}
