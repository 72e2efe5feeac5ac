package dev.mige4j.photos.annotation;

import dev.mige4j.common.UsageException;

/**
 * A box of whole pixels.
 *
 * @param left the first column
 * @param top the first row
 * @param width number of columns, at least 1
 * @param height number of rows, at least 1
 */
public record PixelBox(int left, int top, int width, int height) {

    /** @throws UsageException when a side is less than 1 */
    public PixelBox {
        if (width < 1 || height < 1)
            throw new UsageException("A box of %d x %d has no pixels; both sides must be at least 1.", width, height);
    }
}
