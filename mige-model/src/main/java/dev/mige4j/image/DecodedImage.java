package dev.mige4j.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * Result of a decoder, before transparency and orientation are applied or dropped.
 *
 * @param rgb 3 bytes per pixel
 * @param alpha 1 byte per pixel, or null if the image is opaque
 * @param orientation EXIF orientation, 1 (upright) to 8
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record DecodedImage(int width, int height, byte[] rgb, byte[] alpha, int orientation) {

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

    /** Rotated or mirrored upright, with alpha. */
    Image toUprightImage() {
        if (orientation <= 1 || orientation > 8) return Image.wrap(width, height, rgb, alpha);
        boolean transposed = orientation >= 5;
        return Image.wrap(
                transposed ? height : width,
                transposed ? width : height,
                upright(rgb, 3),
                alpha == null ? null : upright(alpha, 1));
    }

    /** Samples [height, width, channels], rotated or mirrored upright. */
    private byte[] upright(byte[] samples, int channels) {
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

    /** The orientation stated in a TIFF block (the content of EXIF); 1 if it states none or is damaged. */
    static int exifOrientation(byte[] bytes, int from, int length) {
        if (length < 8) return 1;
        ByteBuffer tiff = ByteBuffer.wrap(bytes, from, length).slice();
        if (tiff.get(0) == 'I') tiff.order(ByteOrder.LITTLE_ENDIAN);
        if (tiff.getShort(2) != 42) return 1;
        int directory = tiff.getInt(4);
        if (directory < 8 || directory > length - 2) return 1;
        int entries = tiff.getShort(directory) & 0xffff;
        for (int i = 0, entry = directory + 2; i < entries && entry <= length - 12; i++, entry += 12)
            if (tiff.getShort(entry) == 0x0112) {
                int value = tiff.getShort(entry + 8);
                return value >= 1 && value <= 8 ? value : 1;
            }
        return 1;
    }
}
