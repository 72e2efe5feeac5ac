package dev.mige4j.photos.annotation;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;

/**
 * The region in which two photographs differ: the largest connected part of the pixels whose colours differ clearly,
 * with small gaps closed and holes filled. Where the old object reached beyond the new one, it includes the ground that
 * became visible.
 */
public final class ChangedRegion {

    /** Compression changes colours by less than that, of 255. */
    private static final int MIN_CHANGE = 40;

    private static final int GAP = 4;

    private ChangedRegion() {}

    /**
     * The mask of the region, which is empty if the images are alike.
     *
     * @throws UsageException when the images have different sizes
     */
    public static BinaryMask of(Image before, Image after) {
        int width = after.width(), height = after.height();
        if (before.width() != width || before.height() != height)
            throw new UsageException(
                    "The images have %d x %d and %d x %d pixels; expected the same size.",
                    before.width(), before.height(), width, height);
        byte[] a = before.rgb(), b = after.rgb(), changed = new byte[width * height];
        for (int i = 0; i < a.length; i++) if (Math.abs((a[i] & 255) - (b[i] & 255)) >= MIN_CHANGE) changed[i / 3] = 1;
        BinaryMask grown = MaskMorphology.dilate(BinaryMask.of(width, height, changed), GAP);
        BinaryMask filled = MaskMorphology.fillHoles(grown);
        return ConnectedComponents.largest(complement(MaskMorphology.dilate(complement(filled), GAP)));
    }

    private static BinaryMask complement(BinaryMask mask) {
        byte[] bytes = mask.toBytes();
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) ~bytes[i];
        return BinaryMask.of(mask.width(), mask.height(), bytes);
    }
}
