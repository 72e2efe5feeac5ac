package mige.image;

/**
 * How a picture of any shape becomes a square for a network.
 *
 * <p>Sizes are arguments (the published model: {@code side} 224 for the image encoder, 512 for the autoencoder). All
 * three ways are the reference's, to the bit; small pictures are enlarged. What was cut away or added is told in
 * {@link Placed}, so that a result can be brought back to the shape of its source. Source: reference ENCODER.md
 * section 11.
 */
public final class Framing {

    /** Mean and deviation of the colours (red, green, blue) that the image encoder expects. */
    private static final float[] CLIP_MEAN = {0.48145466f, 0.4578275f, 0.40821073f}, CLIP_DEVIATION = {0.26862954f, 0.26130258f, 0.27577711f};

    private Framing() {}

    /** A rectangle of whole pixels. */
    public record Box(int left, int top, int width, int height) {}

    /**
     * A framed picture, and how it lies over its source: the pixels {@code content} of {@code picture} show the part
     * {@code shown} of a source of {@code sourceWidth x sourceHeight}. Outside {@code content} the picture is black.
     */
    public record Placed(Picture picture, Box content, Box shown, int sourceWidth, int sourceHeight) {

        /** A result of the picture's size (or a multiple) without the black border. */
        public Picture trim(Picture result) {
            double sx = (double) result.width() / picture.width(), sy = (double) result.height() / picture.height();
            int left = (int) Math.round(content.left * sx), top = (int) Math.round(content.top * sy);
            int width = Math.max(1, Math.min((int) Math.round(content.width * sx), result.width() - left));
            int height = Math.max(1, Math.min((int) Math.round(content.height * sy), result.height() - top));
            return result.crop(left, top, width, height);
        }

        /** The source with the part that was shown replaced by the result. */
        public Picture putBack(Picture result, Picture source) {
            Picture part = BICUBIC.resize(trim(result), shown.width, shown.height);
            return source.paste(part, shown.left, shown.top);
        }

        private static final Resampling BICUBIC = Resampling.BICUBIC;
    }

    /** All of the picture on {@code side x side} pixels, bicubic, its shape not kept: what the image encoder sees. */
    public static Picture squeezed(Picture picture, int side) {
        return Resampling.BICUBIC.resize(picture, side, side);
    }

    /** The image encoder's planes [3, side, side]: {@link #squeezed}, then {@code (byte / 255 - mean) / deviation}. */
    public static float[] encoderPlanes(Picture picture, int side) {
        return squeezed(picture, side).planes(CLIP_MEAN, CLIP_DEVIATION);
    }

    /**
     * The middle of the picture, filling the square: the shorter side becomes {@code side} (bilinear), the longer one is
     * cut on both ends. The canvas of an edit.
     */
    public static Placed covering(Picture picture, int side) {
        int w = picture.width(), h = picture.height();
        int width = w <= h ? side : Math.toIntExact((long) side * w / h), height = w <= h ? Math.toIntExact((long) side * h / w) : side;
        int left = middle(width - side), top = middle(height - side);
        Picture framed = Resampling.BILINEAR.resize(picture, width, height, left, top, side, side);
        int shownLeft = (int) Math.round((double) left * w / width), shownTop = (int) Math.round((double) top * h / height);
        int shownWidth = (int) Math.max(1, Math.min(w - shownLeft, Math.round((double) side * w / width)));
        int shownHeight = (int) Math.max(1, Math.min(h - shownTop, Math.round((double) side * h / height)));
        return new Placed(framed, new Box(0, 0, side, side), new Box(shownLeft, shownTop, shownWidth, shownHeight), w, h);
    }

    /** Half of what is left over, halves to the even neighbour, as Python rounds. */
    private static int middle(int rest) {
        return (int) Math.rint(rest / 2.0);
    }

    /**
     * All of the picture inside the square, its shape kept: the longer side becomes {@code side} (bicubic), the rest is
     * black. A subject to be shown whole. A side that would vanish is kept at one pixel (the reference fails).
     */
    public static Placed within(Picture picture, int side) {
        int w = picture.width(), h = picture.height();
        int width = w >= h ? side : Math.max(1, (int) ((long) side * w / h)), height = w >= h ? Math.max(1, (int) ((long) side * h / w)) : side;
        int left = (side - width) / 2, top = (side - height) / 2;
        Picture framed = Resampling.BICUBIC.resize(picture, width, height);
        if (width != side || height != side) framed = Picture.filled(side, side, 0).paste(framed, left, top);
        return new Placed(framed, new Box(left, top, width, height), new Box(0, 0, w, h), w, h);
    }
}
