package dev.mige4j.photos.inpainting;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;

/** Fills a part of an image with what could be behind it. Safe for use by several threads. */
@FunctionalInterface
public interface Inpainter {

    /**
     * The image with new pixels where the mask is; all others are unchanged. The same image and mask give the same
     * pixels.
     */
    Image inpaint(Image image, BinaryMask mask);
}
