package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * An immutable 8-bit RGB image.
 *
 * <p>Pixels are stored as [height, width, 3], top row first. Two images with the same pixels are equal. Transparency,
 * orientation and colour profile of a file are applied or dropped when it is read, see {@link ImageFile}.
 */
public final class Image {

    private final int width, height;
    private final byte[] rgb;
    private int hash;

    private Image(int width, int height, byte[] rgb) {
        this.width = width;
        this.height = height;
        this.rgb = rgb;
    }

    /**
     * An image of the given pixels, [height, width, 3]; {@code rgb} is copied.
     *
     * @throws UsageException when a side is less than 1 or {@code rgb} does not have {@code 3 * width * height} bytes
     */
    public static Image of(int width, int height, byte[] rgb) {
        UsageException.requireNonNull(rgb, "rgb");
        return wrap(width, height, rgb.clone());
    }

    /** As {@link #of(int, int, byte[])}, without a copy; the caller must not modify {@code rgb} afterwards. */
    static Image wrap(int width, int height, byte[] rgb) {
        requireSize(width, height);
        if (rgb.length != 3L * width * height)
            throw new UsageException(
                    "An image of %d x %d needs %d bytes (3 per pixel), got %d.",
                    width, height, 3L * width * height, rgb.length);
        return new Image(width, height, rgb);
    }

    private static void requireSize(int width, int height) {
        if (width < 1 || height < 1)
            throw new UsageException(
                    "An image of %d x %d has no pixels; both sides must be at least 1.", width, height);
    }

    /** An image of one colour, given as {@code 0xRRGGBB}. */
    public static Image filled(int width, int height, int colour) {
        requireSize(width, height);
        byte[] rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        for (int i = 0; i < rgb.length; i += 3) {
            rgb[i] = (byte) (colour >> 16);
            rgb[i + 1] = (byte) (colour >> 8);
            rgb[i + 2] = (byte) colour;
        }
        return wrap(width, height, rgb);
    }

    /** Converts a JDK image to sRGB; transparency is composited on black. */
    public static Image of(BufferedImage image) {
        UsageException.requireNonNull(image, "image");
        int w = image.getWidth(), h = image.getHeight();
        boolean translucent = image.getColorModel().hasAlpha();
        byte[] rgb = new byte[3 * w * h];
        int[] row = new int[w];
        for (int y = 0, to = 0; y < h; y++) {
            image.getRGB(0, y, w, 1, row, 0, w);
            for (int pixel : row) {
                int alpha = translucent ? pixel >>> 24 : 255;
                for (int shift = 16; shift >= 0; shift -= 8)
                    rgb[to++] = (byte) compositeOnBlack(pixel >> shift & 255, alpha);
            }
        }
        return wrap(w, h, rgb);
    }

    /** Composites a colour value with {@code alpha} (0 to 255) on black. */
    static int compositeOnBlack(int colour, int alpha) {
        return alpha == 255 ? colour : (colour * alpha + 127) / 255;
    }

    /**
     * Converts float planes [3, height, width] in [-1, 1] to an image: clamped, then {@code (v + 1) / 2 * 255 + 0.5}
     * truncated to a byte, as the reference saves its results.
     *
     * @throws UsageException when the number of values is wrong
     */
    public static Image fromPlanes(int width, int height, float[] planes) {
        UsageException.requireNonNull(planes, "planes");
        int area = Math.multiplyExact(width, height);
        if (planes.length != 3L * area)
            throw new UsageException(
                    "Planes [3, %d, %d] have %d values, got %d.", height, width, 3L * area, planes.length);
        byte[] rgb = new byte[planes.length];
        for (int colour = 0, from = 0; colour < 3; colour++)
            for (int to = colour; to < rgb.length; to += 3) {
                float unit = (Math.max(-1f, Math.min(1f, planes[from++])) + 1f) / 2f;
                rgb[to] = (byte) (int) Math.max(0f, Math.min(255f, unit * 255f + 0.5f));
            }
        return wrap(width, height, rgb);
    }

    /**
     * Reads a PNG, JPEG, GIF or BMP file, upright and composited on black; see {@link ImageFile} for details.
     *
     * @throws UsageException when the file is missing, too large, damaged or not an image
     */
    public static Image read(Path file) {
        return ImageFile.read(UsageException.requireNonNull(file, "file"));
    }

    /** As {@link #read(Path)}, from the bytes of a file; {@code name} identifies it in error messages. */
    public static Image read(byte[] file, String name) {
        return ImageFile.read(UsageException.requireNonNull(file, "file"), name);
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /** A copy of the pixels, [height, width, 3]. */
    public byte[] rgb() {
        return rgb.clone();
    }

    /** The pixels without a copy; not to be modified. */
    byte[] rawPixels() {
        return rgb;
    }

    /**
     * Normalised float planes [3, height, width]: {@code (byte / 255 - mean) / std}, each operation in float32, with
     * one mean and one standard deviation per channel.
     */
    public float[] toPlanes(float[] mean, float[] std) {
        int area = width * height;
        float[] planes = new float[3 * area];
        for (int colour = 0; colour < 3; colour++) {
            float[] value = new float[256];
            for (int b = 0; b < 256; b++) value[b] = (b / 255f - mean[colour]) / std[colour];
            for (int i = 0, from = colour, to = colour * area; i < area; i++, from += 3)
                planes[to + i] = value[rgb[from] & 255];
        }
        return planes;
    }

    /** Planes [3, height, width] in [-1, 1], the input of the autoencoder: {@code (byte / 255 - 0.5) / 0.5}. */
    public float[] toPlanes() {
        return toPlanes(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f});
    }

    /**
     * The rectangle of {@code width x height} pixels whose upper left corner is (left, top).
     *
     * @throws UsageException when it is not inside the image
     */
    public Image crop(int left, int top, int width, int height) {
        if (left < 0 || top < 0 || width < 1 || height < 1 || left + width > this.width || top + height > this.height)
            throw new UsageException(
                    "The box at (%d, %d) of %d x %d pixels is not inside the image of %d x %d pixels.",
                    left, top, width, height, this.width, this.height);
        byte[] cropped = new byte[3 * width * height];
        for (int y = 0; y < height; y++)
            System.arraycopy(rgb, 3 * ((top + y) * this.width + left), cropped, 3 * y * width, 3 * width);
        return wrap(width, height, cropped);
    }

    /** A copy with {@code overlay} pasted, its upper left corner at (left, top); parts outside are cut off. */
    public Image paste(Image overlay, int left, int top) {
        byte[] pasted = rgb.clone();
        int from = Math.max(0, left), to = Math.min(width, left + overlay.width);
        for (int y = Math.max(0, top); y < Math.min(height, top + overlay.height) && from < to; y++)
            System.arraycopy(
                    overlay.rgb,
                    3 * ((y - top) * overlay.width + from - left),
                    pasted,
                    3 * (y * width + from),
                    3 * (to - from));
        return wrap(width, height, pasted);
    }

    /** Converts to a JDK image of type {@code TYPE_INT_RGB}. */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] row = new int[width];
        for (int y = 0, from = 0; y < height; y++) {
            for (int x = 0; x < width; x++, from += 3)
                row[x] = ((rgb[from] & 255) << 16) | ((rgb[from + 1] & 255) << 8) | (rgb[from + 2] & 255);
            image.setRGB(0, y, width, 1, row, 0, width);
        }
        return image;
    }

    /**
     * Writes a PNG file, atomically; missing folders are created.
     *
     * @throws UsageException when the file cannot be written
     */
    public void write(Path png) {
        write(png, Map.of());
    }

    /**
     * Writes a PNG file with texts, such as a recipe; the same image and texts give the same bytes.
     *
     * @param text texts by keyword; a keyword has 1 to 79 ASCII characters
     * @throws UsageException when the file cannot be written or a keyword is not valid
     */
    public void write(Path png, Map<String, String> text) {
        ImageFile.write(png, this, text);
    }

    /** The bytes of the file that {@link #write(Path)} writes. */
    public byte[] toPng() {
        return toPng(Map.of());
    }

    /** The bytes of the file that {@link #write(Path, Map)} writes. */
    public byte[] toPng(Map<String, String> text) {
        return ImageFile.toPng(this, text);
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof Image that
                        && width == that.width
                        && height == that.height
                        && Arrays.equals(rgb, that.rgb));
    }

    @Override
    public int hashCode() {
        if (hash == 0) hash = 31 * Arrays.hashCode(rgb) + width;
        return hash;
    }

    @Override
    public String toString() {
        return "Image[" + width + " x " + height + "]";
    }
}
