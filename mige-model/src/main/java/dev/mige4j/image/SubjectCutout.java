package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import java.util.Optional;

/**
 * Cuts out the subject of an image: by its alpha, by the colour of its plain background, or by a mask.
 *
 * <p>The results are images with alpha, cropped to what is visible of the subject.
 */
public final class SubjectCutout {

    /** Pixels of at least this opacity, of 255, are visible. */
    private static final int VISIBLE = 26;

    /** Smallest part of an image that a subject covers, and the largest, in its alpha or mask. */
    private static final double MIN_AREA = 0.002, MAX_AREA = 0.995;

    private SubjectCutout() {}

    /**
     * The subject by the alpha of the image, or else by the colour of its border, where nearly all of that has one
     * colour.
     *
     * @return empty when the image has neither
     */
    public static Optional<Image> find(Image image) {
        UsageException.requireNonNull(image, "image");
        if (image.hasAlpha()) {
            Optional<Image> cut = crop(image);
            if (cut.isPresent()) return cut;
        }
        return PlainGround.find(image).map(PlainGround::withAlpha).flatMap(SubjectCutout::crop);
    }

    /**
     * The subject by a mask.
     *
     * @param mask bright where the subject is; of the size of the image
     * @throws UsageException when the sizes differ
     * @return empty when the mask shows nearly nothing or everything
     */
    public static Optional<Image> of(Image image, Image mask) {
        if (mask.width() != image.width() || mask.height() != image.height())
            throw new UsageException(
                    "The mask has %d x %d pixels, its image %d x %d; both must have the same size.",
                    mask.width(), mask.height(), image.width(), image.height());
        byte[] brightness = mask.rgb(), alpha = new byte[brightness.length / 3];
        for (int i = 0; i < alpha.length; i++)
            alpha[i] = (byte)
                    (((brightness[3 * i] & 255) + (brightness[3 * i + 1] & 255) + (brightness[3 * i + 2] & 255)) / 3);
        return crop(Image.of(image.width(), image.height(), image.straightRgb(), alpha));
    }

    private static Optional<Image> crop(Image cut) {
        byte[] alpha = cut.alpha();
        int width = cut.width(), left = width, top = cut.height(), right = -1, bottom = -1;
        long visible = 0;
        for (int i = 0; i < alpha.length; i++) {
            if ((alpha[i] & 255) < VISIBLE) continue;
            visible++;
            left = Math.min(left, i % width);
            right = Math.max(right, i % width);
            top = Math.min(top, i / width);
            bottom = Math.max(bottom, i / width);
        }
        if (visible < MIN_AREA * alpha.length || visible > MAX_AREA * alpha.length) return Optional.empty();
        return Optional.of(cut.crop(left, top, right - left + 1, bottom - top + 1));
    }
}
