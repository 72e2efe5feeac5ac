package dev.mige4j.image;

import java.util.Locale;

/**
 * Result of a decoder: the pixels as stored, before orientation and colour profile are applied.
 *
 * @param rgb 3 bytes per pixel
 * @param alpha 1 byte per pixel, or null if the image is opaque
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record DecodedImage(int width, int height, byte[] rgb, byte[] alpha) {

    /** A file cannot be decoded; the message is a clause that follows "a damaged PNG image: ". */
    static final class CorruptImageException extends Exception {
        private static final long serialVersionUID = 1;

        @SuppressWarnings("AnnotateFormatMethod") // the annotation would need a dependency
        CorruptImageException(String format, Object... args) {
            super(String.format(Locale.ROOT, format, args));
        }
    }

    /** As Pillow's {@code convert("RGB")}: alpha dropped, orientation ignored. */
    Image toImage() {
        return Image.wrap(width, height, rgb);
    }

    /** Converted to sRGB, rotated or mirrored upright, with alpha; modifies {@code rgb}. CMYK is converted already. */
    Image toUprightImage(ImageMetadata metadata) {
        metadata.profile().filter(profile -> profile.components() < 4).ifPresent(profile -> profile.convert(rgb));
        int orientation = metadata.orientation();
        if (orientation == ExifOrientation.UPRIGHT) return Image.wrap(width, height, rgb, alpha);
        boolean transposed = orientation >= 5;
        return Image.wrap(
                transposed ? height : width,
                transposed ? width : height,
                upright(rgb, 3, orientation),
                alpha == null ? null : upright(alpha, 1, orientation));
    }

    /** Samples [height, width, channels], rotated or mirrored upright. */
    private byte[] upright(byte[] samples, int channels, int orientation) {
        boolean transposed = orientation >= 5;
        boolean flipX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        boolean flipY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        int w = transposed ? height : width, h = transposed ? width : height;
        byte[] upright = new byte[samples.length];
        for (int y = 0, out = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                int sx = transposed ? y : x, sy = transposed ? x : y;
                int from = channels * ((flipY ? height - 1 - sy : sy) * width + (flipX ? width - 1 - sx : sx));
                for (int c = 0; c < channels; c++) upright[out++] = samples[from + c];
            }
        return upright;
    }
}
