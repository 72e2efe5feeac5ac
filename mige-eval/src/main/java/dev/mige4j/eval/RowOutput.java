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
 * @param file its file, beside which results of other programs are found; empty when there is none
 * @param reason why there is no image; empty when there is one
 * @param seconds time of the request; empty when it was not measured
 */
record RowOutput(Optional<Path> file, Optional<Image> image, String reason, OptionalDouble seconds) {

    static RowOutput missing(String reason) {
        return new RowOutput(Optional.empty(), Optional.empty(), reason, OptionalDouble.empty());
    }

    /** The image that is read; missing when it cannot be read, for the reason that the error says. */
    static RowOutput read(Optional<Path> file, Supplier<Image> image, OptionalDouble seconds) {
        try {
            return new RowOutput(file, Optional.of(image.get()), "", seconds);
        } catch (UsageException e) {
            return missing(e.getMessage());
        }
    }
}
