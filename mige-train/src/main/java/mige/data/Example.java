package mige.data;

import java.util.List;
import java.util.Optional;

import mige.image.Picture;

/**
 * A training example, drawn.
 *
 * @param item       what it is
 * @param references pictures in the order of the markers, the source among them for edits
 * @param source     the picture to edit; empty for subject generation
 * @param target     the picture to make
 * @param mask       [size*size] 255 where target and source differ (by more than 8/255) or where the thing is; 0 elsewhere.
 *                   For subject generation: where the things are
 * @param box        bounds of the changed thing in the target, or in the source when the target lacks it
 */
public record Example(Item item, List<Picture> references, Optional<Picture> source, Picture target, byte[] mask, Box box) {

    /** A rectangle in pixels: left, top, right and bottom, the last two exclusive. */
    public record Box(int left, int top, int right, int bottom) {
        public int area() {
            return (right - left) * (bottom - top);
        }
    }

    /** subject, edit or subject_edit. */
    public String task() {
        return item.kind().task();
    }

    /** The instruction with its markers. */
    public String text() {
        return item.text();
    }
}
