package mige.image;

/**
 * What a decoder found in a file, before it is decided what becomes of transparency and orientation.
 *
 * @param rgb         3 bytes a pixel
 * @param alpha       1 byte a pixel, or null: opaque
 * @param orientation how to turn it upright, EXIF's 1 to 8; 1: it stands upright
 */
record Pixels(int width, int height, byte[] rgb, byte[] alpha, int orientation) {

    /** A file that cannot be decoded; the message says why, in words that follow "a damaged PNG picture: ". */
    static final class Damaged extends Exception {
        Damaged(String what, Object... args) {
            super(String.format(what, args));
        }
    }

    Pixels oriented(int orientation) {
        return new Pixels(width, height, rgb, alpha, orientation);
    }

    /** As Pillow's {@code convert("RGB")}: alpha dropped, orientation ignored. */
    Picture raw() {
        return Picture.owning(width, height, rgb);
    }

    /** Composited on black and turned upright. */
    Picture upright() {
        if (alpha != null)
            for (int i = 0; i < alpha.length; i++)
                for (int c = 3 * i; c < 3 * i + 3; c++) rgb[c] = (byte) Picture.over(rgb[c] & 255, alpha[i] & 255);
        if (orientation <= 1 || orientation > 8) return raw();
        boolean turned = orientation >= 5, right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        boolean down = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        int w = turned ? height : width, h = turned ? width : height;
        byte[] to = new byte[rgb.length];
        for (int y = 0, out = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                int sx = turned ? y : x, sy = turned ? x : y;
                int from = 3 * ((down ? height - 1 - sy : sy) * width + (right ? width - 1 - sx : sx));
                to[out++] = rgb[from];
                to[out++] = rgb[from + 1];
                to[out++] = rgb[from + 2];
            }
        return Picture.owning(w, h, to);
    }

    /** The orientation that a TIFF block (the content of EXIF) states, 1 if none. Never fails. */
    static int orientation(byte[] bytes, int from, int length) {
        if (length < 8) return 1;
        var tiff = java.nio.ByteBuffer.wrap(bytes, from, length).slice();
        if (tiff.get(0) == 'I') tiff.order(java.nio.ByteOrder.LITTLE_ENDIAN);
        if (tiff.getShort(2) != 42) return 1;
        int at = tiff.getInt(4);
        if (at < 8 || at > length - 2) return 1;
        int entries = tiff.getShort(at) & 0xffff;
        for (int i = 0, entry = at + 2; i < entries && entry <= length - 12; i++, entry += 12)
            if (tiff.getShort(entry) == 0x0112) {
                int value = tiff.getShort(entry + 8);
                return value >= 1 && value <= 8 ? value : 1;
            }
        return 1;
    }
}
