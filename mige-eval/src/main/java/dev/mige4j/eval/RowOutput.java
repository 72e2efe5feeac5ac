package dev.mige4j.eval;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * An output of a row, decoded, or the reason why there is none.
 *
 * @param file its file, or that which it would have: results of other programs are found beside it
 * @param reason why there is no image; empty when there is one
 * @param seconds time of the request; empty when it was not measured
 */
record RowOutput(Path file, Optional<Image> image, String reason, OptionalDouble seconds) {

    static RowOutput missing(Path file, String reason) {
        return new RowOutput(file, Optional.empty(), reason, OptionalDouble.empty());
    }

    /** The image that is read; missing when it cannot be read, for the reason that the error says. */
    static RowOutput read(Path file, Supplier<Image> image, OptionalDouble seconds) {
        try {
            return new RowOutput(file, Optional.of(image.get()), "", seconds);
        } catch (UsageException e) {
            return missing(file, e.getMessage());
        }
    }
}
