package dev.mige4j.photos.stage;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;

/**
 * A photograph.
 *
 * @param path its path below the folder of photographs, with {@code /} between folders; it identifies the photograph
 * @param image its pixels, upright
 */
public record Photo(String path, Image image) {

    /** @throws UsageException when the path or the image is null */
    public Photo {
        UsageException.requireNonNull(path, "path");
        UsageException.requireNonNull(image, "image");
    }
}
