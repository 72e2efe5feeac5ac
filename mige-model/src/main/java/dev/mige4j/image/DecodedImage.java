package dev.mige4j.image;

/**
 * What a decoder found in a file, before it is decided what becomes of transparency and orientation.
 *
 * @param rgb 3 bytes a pixel
 * @param alpha 1 byte a pixel, or null: opaque
 * @param orientation how to turn it upright, EXIF's 1 to 8; 1: it stands upright
 */
record DecodedImage(int width, int height, byte[] rgb, byte[] alpha, int orientation) {

    /** A file that cannot be decoded; the message says why, in words that follow "a damaged PNG picture: ". */
    static final class CorruptImageException extends Exception {
        CorruptImageException(String format, Object... args) {
            super(String.format(format, args));
        }
    }

    DecodedImage withOrientation(int orientation) {
        return new DecodedImage(width, height, rgb, alpha, orientation);
    }

    /** As Pillow's {@code convert("RGB")}: alpha dropped, orientation ignored. */
    Image toImage() {
        return Image.wrap(width, height, rgb);
    }

    /** Composited on black and turned upright. */
    Image toUprightImage() {
        if (alpha != null)
            for (int i = 0; i < alpha.length; i++)
                for (int c = 3 * i; c < 3 * i + 3; c++)
                    rgb[c] = (byte) Image.compositeOnBlack(rgb[c] & 255, alpha[i] & 255);
        if (orientation <= 1 || orientation > 8) return toImage();
        boolean transposed = orientation >= 5,
                flipX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        boolean flipY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        int w = transposed ? height : width, h = transposed ? width : height;
        byte[] rotated = new byte[rgb.length];
        for (int y = 0, out = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                int sx = transposed ? y : x, sy = transposed ? x : y;
                int from = 3 * ((flipY ? height - 1 - sy : sy) * width + (flipX ? width - 1 - sx : sx));
                rotated[out++] = rgb[from];
                rotated[out++] = rgb[from + 1];
                rotated[out++] = rgb[from + 2];
            }
        return Image.wrap(w, h, rotated);
    }

    /** The orientation that a TIFF block (the content of EXIF) states, 1 if none. Never fails. */
    static int orientation(byte[] bytes, int from, int length) {
        if (length < 8) return 1;
        var tiff = java.nio.ByteBuffer.wrap(bytes, from, length).slice();
        if (tiff.get(0) == 'I') tiff.order(java.nio.ByteOrder.LITTLE_ENDIAN);
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
