package dev.mige4j.photos.cutout;

import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;

/** Reduces photographs. */
public final class PhotoScaling {

    private PhotoScaling() {}

    /** The image with a long side of at most {@code longSide} pixels and its aspect ratio, bicubic; never enlarged. */
    public static Image reduce(Image image, int longSide) {
        double scale = (double) longSide / Math.max(image.width(), image.height());
        if (scale >= 1) return image;
        int width = (int) Math.max(1, Math.round(scale * image.width()));
        int height = (int) Math.max(1, Math.round(scale * image.height()));
        return Resampling.BICUBIC.resize(image, width, height);
    }
}
