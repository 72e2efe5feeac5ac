package dev.mige4j.photos.annotation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.UsageException;
import dev.mige4j.photos.stage.Photo;
import java.nio.file.Path;
import java.util.Optional;

/** The mask of one annotation of COCO, LVIS or SA-1B. */
final class CocoSegmentation {

    private CocoSegmentation() {}

    /**
     * The pixels of the object; empty if none of them is in the photograph.
     *
     * @throws UsageException when the annotation is damaged
     */
    static Optional<BinaryMask> parse(JsonNode annotation, Photo photo, Path file) {
        int width = photo.image().width(), height = photo.image().height();
        JsonNode segmentation = annotation.path("segmentation");
        try {
            if (!segmentation.isContainerNode()) throw new UsageException("it has no 'segmentation'");
            BinaryMask mask = segmentation.isObject()
                    ? RunLengthMask.parse(segmentation, width, height)
                    : PolygonMask.parse(segmentation, width, height);
            return Optional.of(mask).filter(m -> m.area() > 0);
        } catch (UsageException e) {
            throw new UsageException(
                    "%s: the annotation with the id %s, of %s, is invalid: %s.",
                    file, annotation.path("id"), photo.path(), e.getMessage(), e);
        }
    }

    /** @throws UsageException when the photograph is not of the size that was annotated */
    static void requireSize(Photo photo, int width, int height) {
        if (photo.image().width() != width || photo.image().height() != height)
            throw new UsageException(
                    "%s has %d x %d pixels, but an image of %d x %d was annotated.",
                    photo.path(), photo.image().width(), photo.image().height(), width, height);
    }
}
