package dev.mige4j.image;

/**
 * Converts images of any size to the square inputs of the networks: stretched, centre-cropped or letterboxed.
 *
 * <p>The published model uses {@code side} 224 for the vision encoder and 512 for the autoencoder. All three methods
 * are bit-exact with the reference; small images are enlarged. {@link FramedImage} records the padded area, so that it
 * can be removed from a result. Source: docs/specification/encoder.md section 11.
 */
public final class ImagePreprocessing {

    /** CLIP's mean and standard deviation per channel. */
    @SuppressWarnings("FloatingPointLiteralPrecision") // as published
    private static final float[] CLIP_MEAN = {0.48145466f, 0.4578275f, 0.40821073f},
            CLIP_STD = {0.26862954f, 0.26130258f, 0.27577711f};

    private ImagePreprocessing() {}

    /** CLIP's mean of each channel of pixels in [0, 1]. */
    public static float[] clipMean() {
        return CLIP_MEAN.clone();
    }

    /** CLIP's standard deviation of each channel of pixels in [0, 1]. */
    public static float[] clipStd() {
        return CLIP_STD.clone();
    }

    /** A rectangle in pixels. */
    public record Box(int left, int top, int width, int height) {}

    /**
     * A square image that shows another one.
     *
     * @param image the square image; black outside {@code content}
     * @param content the part of {@code image} that shows the other one
     */
    public record FramedImage(Image image, Box content) {

        /** A result of the size of {@link #image} (or a multiple) without the black padding. */
        public Image removePadding(Image result) {
            double scaleX = (double) result.width() / image.width(), scaleY = (double) result.height() / image.height();
            int left = (int) Math.round(content.left * scaleX), top = (int) Math.round(content.top * scaleY);
            int width = Math.max(1, Math.min((int) Math.round(content.width * scaleX), result.width() - left));
            int height = Math.max(1, Math.min((int) Math.round(content.height * scaleY), result.height() - top));
            return result.crop(left, top, width, height);
        }
    }

    /** Resizes to {@code side x side} (bicubic) without keeping the aspect ratio; for the vision encoder. */
    public static Image stretch(Image image, int side) {
        return Resampling.BICUBIC.resize(image, side, side);
    }

    /**
     * Input of the vision encoder [3, side, side]: {@link #stretch}, then normalised with CLIP's mean and deviation.
     */
    public static float[] clipPlanes(Image image, int side) {
        return stretch(image, side).toPlanes(CLIP_MEAN, CLIP_STD);
    }

    /**
     * Resizes the shorter side to {@code side} (bilinear) and crops the longer one at both ends; for the source of an
     * edit.
     */
    public static FramedImage centerCrop(Image image, int side) {
        int w = image.width(), h = image.height();
        int width = w <= h ? side : Math.toIntExact((long) side * w / h),
                height = w <= h ? Math.toIntExact((long) side * h / w) : side;
        int left = half(width - side), top = half(height - side);
        Image framed = Resampling.BILINEAR.resize(image, width, height, left, top, side, side);
        return new FramedImage(framed, new Box(0, 0, side, side));
    }

    /** Half of the remainder, rounded half to even like Python's {@code round}. */
    private static int half(int remainder) {
        return (int) Math.rint(remainder / 2.0);
    }

    /**
     * Resizes the longer side to {@code side} (bicubic) and pads the shorter one with black; for the image of a
     * subject. A side has at least one pixel (the reference fails if it would have none).
     */
    public static FramedImage letterbox(Image image, int side) {
        int w = image.width(), h = image.height();
        int width = w >= h ? side : Math.max(1, (int) ((long) side * w / h)),
                height = w >= h ? Math.max(1, (int) ((long) side * h / w)) : side;
        int left = (side - width) / 2, top = (side - height) / 2;
        Image framed = Resampling.BICUBIC.resize(image, width, height);
        if (width != side || height != side)
            framed = Image.filled(side, side, 0).paste(framed, left, top);
        return new FramedImage(framed, new Box(left, top, width, height));
    }
}
