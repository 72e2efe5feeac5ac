package dev.mige4j.photos.annotation;

import dev.mige4j.common.UsageException;
import dev.mige4j.photos.stage.Photo;

/**
 * A photograph and one object in it.
 *
 * @param photo the photograph
 * @param object the object; its mask has the size of the photograph
 */
public record PhotoObject(Photo photo, ObjectMask object) {

    /** @throws UsageException when the mask has another size than the photograph */
    public PhotoObject {
        int width = photo.image().width(), height = photo.image().height();
        if (object.mask().width() != width || object.mask().height() != height)
            throw new UsageException(
                    "%s: the mask has %d x %d pixels and the photograph %d x %d; expected the same size.",
                    photo.path(), object.mask().width(), object.mask().height(), width, height);
    }
}
