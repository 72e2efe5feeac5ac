package dev.mige4j.photos.annotation;

import dev.mige4j.common.UsageException;
import dev.mige4j.photos.stage.Photo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The annotated objects of a set of photographs. Safe for use by several threads. */
public interface PhotoAnnotations {

    /**
     * The objects of a photograph, in the order of the file; empty if the photograph is not annotated.
     *
     * @throws UsageException when its annotations are damaged, or belong to an image of another size
     */
    Optional<List<ObjectMask>> find(Photo photo);

    /**
     * Opens annotations: a JSON file of COCO or LVIS, or a folder with a JSON file for each photograph, as in SA-1B.
     *
     * @throws UsageException when there is no such file or folder, or the file is not as described
     */
    static PhotoAnnotations open(Path path) {
        return Files.isDirectory(path) ? new SegmentAnythingAnnotations(path) : CocoAnnotations.open(path);
    }
}
