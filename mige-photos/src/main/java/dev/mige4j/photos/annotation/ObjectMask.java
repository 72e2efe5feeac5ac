package dev.mige4j.photos.annotation;

import dev.mige4j.common.UsageException;
import java.util.Optional;

/**
 * An object of a photograph.
 *
 * @param mask its pixels, in the size of the photograph
 * @param category what it is, such as "dog"; empty if nobody has said
 */
public record ObjectMask(BinaryMask mask, Optional<String> category) {

    /** @throws UsageException when an argument is null */
    public ObjectMask {
        UsageException.requireNonNull(mask, "mask");
        UsageException.requireNonNull(category, "category");
    }
}
