package dev.mige4j.image;

/**
 * How a picture of any shape becomes a square for a network.
 *
 * <p>Sizes are arguments (the published model: {@code side} 224 for the image encoder, 512 for the autoencoder). All
 * three ways are the reference's, to the bit; small pictures are enlarged. What was cut away or added is told in
 * {@link FramedImage}, so that a result can be brought back to the shape of its source. Source:
 * docs/specification/encoder.md section 11.
 */
public final class ImagePreprocessing {

    /** Mean and deviation of the colours (red, green, blue) that the image encoder expects. */
    private static final float[] CLIP_MEAN = {0.48145466f, 0.4578275f, 0.40821073f},
            CLIP_STD = {0.26862954f, 0.26130258f, 0.27577711f};

    private ImagePreprocessing() {}

    /** A rectangle of whole pixels. */
    public record Box(int left, int top, int width, int height) {}

    /**
     * A framed picture, and how it lies over its source: the pixels {@code content} of {@code picture} show the part
     * {@code shown} of a source of {@code sourceWidth x sourceHeight}. Outside {@code content} the picture is black.
     */
    public record FramedImage(Image image, Box content, Box sourceBox, int sourceWidth, int sourceHeight) {

        /** A result of the picture's size (or a multiple) without the black border. */
        public Image removePadding(Image result) {
            double scaleX = (double) result.width() / image.width(), scaleY = (double) result.height() / image.height();
            int left = (int) Math.round(content.left * scaleX), top = (int) Math.round(content.top * scaleY);
            int width = Math.max(1, Math.min((int) Math.round(content.width * scaleX), result.width() - left));
            int height = Math.max(1, Math.min((int) Math.round(content.height * scaleY), result.height() - top));
            return result.crop(left, top, width, height);
        }

        /** The source with the part that was shown replaced by the result. */
        public Image pasteBack(Image result, Image source) {
            Image resized = BICUBIC.resize(removePadding(result), sourceBox.width, sourceBox.height);
            return source.paste(resized, sourceBox.left, sourceBox.top);
        }

        private static final Resampling BICUBIC = Resampling.BICUBIC;
    }

    /** All of the picture on {@code side x side} pixels, bicubic, its shape not kept: what the image encoder sees. */
    public static Image stretch(Image image, int side) {
        return Resampling.BICUBIC.resize(image, side, side);
    }

    /** The image encoder's planes [3, side, side]: {@link #stretch}, then {@code (byte / 255 - mean) / deviation}. */
    public static float[] clipPlanes(Image image, int side) {
        return stretch(image, side).toPlanes(CLIP_MEAN, CLIP_STD);
    }

    /**
     * The middle of the picture, filling the square: the shorter side becomes {@code side} (bilinear), the longer one
     * is cut on both ends. The canvas of an edit.
     */
    public static FramedImage centerCrop(Image image, int side) {
        int w = image.width(), h = image.height();
        int width = w <= h ? side : Math.toIntExact((long) side * w / h),
                height = w <= h ? Math.toIntExact((long) side * h / w) : side;
        int left = half(width - side), top = half(height - side);
        Image framed = Resampling.BILINEAR.resize(image, width, height, left, top, side, side);
        int sourceLeft = (int) Math.round((double) left * w / width),
                sourceTop = (int) Math.round((double) top * h / height);
        int sourceBoxWidth = (int) Math.max(1, Math.min(w - sourceLeft, Math.round((double) side * w / width)));
        int sourceBoxHeight = (int) Math.max(1, Math.min(h - sourceTop, Math.round((double) side * h / height)));
        return new FramedImage(
                framed,
                new Box(0, 0, side, side),
                new Box(sourceLeft, sourceTop, sourceBoxWidth, sourceBoxHeight),
                w,
                h);
    }

    /** Half of what is left over, halves to the even neighbour, as Python rounds. */
    private static int half(int remainder) {
        return (int) Math.rint(remainder / 2.0);
    }

    /**
     * All of the picture inside the square, its shape kept: the longer side becomes {@code side} (bicubic), the rest is
     * black. A subject to be shown whole. A side that would vanish is kept at one pixel (the reference fails).
     */
    public static FramedImage letterbox(Image image, int side) {
        int w = image.width(), h = image.height();
        int width = w >= h ? side : Math.max(1, (int) ((long) side * w / h)),
                height = w >= h ? Math.max(1, (int) ((long) side * h / w)) : side;
        int left = (side - width) / 2, top = (side - height) / 2;
        Image framed = Resampling.BICUBIC.resize(image, width, height);
        if (width != side || height != side)
            framed = Image.filled(side, side, 0).paste(framed, left, top);
        return new FramedImage(framed, new Box(left, top, width, height), new Box(0, 0, w, h), w, h);
    }
}
