package dev.mige4j.image;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;

/**
 * An immutable 8-bit RGB image, with alpha where it is not opaque.
 *
 * <p>Pixels are stored as [height, width, 3], top row first, not premultiplied; alpha as [height, width]. Models read
 * the image composited on black: {@link #rgb}, {@link #toPlanes} and {@link Resampling}. Files, {@link #crop},
 * {@link #paste} and JDK images keep alpha. Two images with the same pixels and alpha are equal. How orientation and
 * colour profile of a file are applied is said in {@link ImageFile}.
 */
public final class Image {

    private final int width, height;
    private final byte[] rgb;
    private final byte[] alpha; // null if every pixel is opaque
    private int hash;
    private volatile String sha256; // null: not yet computed

    private Image(int width, int height, byte[] rgb, byte[] alpha) {
        this.width = width;
        this.height = height;
        this.rgb = rgb;
        this.alpha = alpha;
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

    /**
     * An image with alpha: colours that are not premultiplied, [height, width, 3], and alpha, [height, width], from 0
     * (transparent) to 255 (opaque); both are copied.
     *
     * @throws UsageException as {@link #of(int, int, byte[])}, and when {@code alpha} does not have {@code width *
     *     height} bytes
     */
    public static Image of(int width, int height, byte[] rgb, byte[] alpha) {
        UsageException.requireNonNull(rgb, "rgb");
        UsageException.requireNonNull(alpha, "alpha");
        return wrap(width, height, rgb.clone(), alpha.clone());
    }

    /** As {@link #of(int, int, byte[])}, without a copy; the caller must not modify {@code rgb} afterwards. */
    static Image wrap(int width, int height, byte[] rgb) {
        return wrap(width, height, rgb, null);
    }

    /** As {@link #wrap(int, int, byte[])}, with alpha; null if every pixel is opaque. */
    static Image wrap(int width, int height, byte[] rgb, byte[] alpha) {
        requireSize(width, height);
        if (rgb.length != 3L * width * height)
            throw new UsageException(
                    "An image of %d x %d needs %d bytes (3 per pixel), got %d.",
                    width, height, 3L * width * height, rgb.length);
        if (alpha != null && alpha.length != rgb.length / 3)
            throw new UsageException(
                    "The alpha of an image of %d x %d needs %d bytes, got %d.",
                    width, height, rgb.length / 3, alpha.length);
        return new Image(width, height, rgb, alpha == null || isOpaque(alpha) ? null : alpha);
    }

    private static boolean isOpaque(byte[] alpha) {
        for (byte a : alpha) if (a != (byte) 255) return false;
        return true;
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

    /**
     * Converts a JDK image to sRGB, with its alpha; grey keeps its values, of which 16-bit samples keep the upper 8
     * bits.
     */
    public static Image of(BufferedImage image) {
        UsageException.requireNonNull(image, "image");
        return JdkImageConverter.convert(image).toUprightImage(ImageMetadata.NONE);
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
     * Reads a PNG, JPEG, GIF, BMP, WebP or TIFF file, upright, in sRGB and with its alpha; see {@link ImageFile} for
     * details.
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

    /** A copy of the pixels composited on black, [height, width, 3]. */
    public byte[] rgb() {
        return alpha == null ? rgb.clone() : flatten(0).rgb;
    }

    /** A copy of the colours, not premultiplied, [height, width, 3]; those of {@link #rgb()} if the image is opaque. */
    public byte[] straightRgb() {
        return rgb.clone();
    }

    /** Whether any pixel is not opaque. */
    public boolean hasAlpha() {
        return alpha != null;
    }

    /** A copy of alpha, [height, width], from 0 (transparent) to 255 (opaque). */
    public byte[] alpha() {
        if (alpha != null) return alpha.clone();
        byte[] opaque = new byte[width * height];
        Arrays.fill(opaque, (byte) 255);
        return opaque;
    }

    /** The pixels without a copy, not premultiplied; not to be modified. */
    byte[] rawPixels() {
        return rgb;
    }

    /** Alpha without a copy, null if every pixel is opaque; not to be modified. */
    byte[] rawAlpha() {
        return alpha;
    }

    /** Copies row {@code y} of the image on black, [width, 3]. */
    void copyRow(int y, byte[] row) {
        int first = y * width;
        System.arraycopy(rgb, 3 * first, row, 0, 3 * width);
        if (alpha == null) return;
        for (int i = 0; i < 3 * width; i++)
            row[i] = (byte) (((row[i] & 255) * (alpha[first + i / 3] & 255) + 127) / 255);
    }

    /**
     * SHA-256, in hexadecimal, of the size, as in {@code 640x480}, and the pixels of the image on black; computed once.
     */
    public String sha256() {
        if (sha256 == null) {
            MessageDigest digest = Sha256.newDigest();
            digest.update((width + "x" + height).getBytes(StandardCharsets.US_ASCII));
            byte[] row = new byte[3 * width];
            for (int y = 0; y < height; y++) {
                copyRow(y, row);
                digest.update(row);
            }
            sha256 = HexFormat.of().formatHex(digest.digest());
        }
        return sha256;
    }

    /** This image with every pixel opaque, its colours unchanged; not composited on any background. */
    public Image withoutAlpha() {
        return alpha == null ? this : wrap(width, height, rgb);
    }

    /** This image composited on a colour, given as {@code 0xRRGGBB}; itself if it is opaque. */
    public Image flatten(int background) {
        if (alpha == null) return this;
        byte[] flat = new byte[rgb.length];
        for (int i = 0; i < flat.length; i++) {
            int a = alpha[i / 3] & 255, ground = background >> (16 - 8 * (i % 3)) & 255;
            flat[i] = (byte) (((rgb[i] & 255) * a + ground * (255 - a) + 127) / 255);
        }
        return wrap(width, height, flat);
    }

    /**
     * Normalised float planes [3, height, width] of the image on black: {@code (byte / 255 - mean) / std}, each
     * operation in float32, with one mean and one standard deviation per channel.
     */
    public float[] toPlanes(float[] mean, float[] std) {
        if (alpha != null) return flatten(0).toPlanes(mean, std);
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
        return wrap(width, height, cropped, alpha == null ? null : cropAlpha(left, top, width, height));
    }

    private byte[] cropAlpha(int left, int top, int width, int height) {
        byte[] cropped = new byte[width * height];
        for (int y = 0; y < height; y++)
            System.arraycopy(alpha, (top + y) * this.width + left, cropped, y * width, width);
        return cropped;
    }

    /**
     * A copy with {@code overlay} and its alpha pasted, its upper left corner at (left, top); parts outside are cut
     * off.
     */
    public Image paste(Image overlay, int left, int top) {
        byte[] pasted = rgb.clone(), pastedAlpha = alpha == null && overlay.alpha == null ? null : alpha();
        int from = Math.max(0, left), to = Math.min(width, left + overlay.width);
        for (int y = Math.max(0, top); y < Math.min(height, top + overlay.height) && from < to; y++) {
            int source = (y - top) * overlay.width + from - left, target = y * width + from;
            System.arraycopy(overlay.rgb, 3 * source, pasted, 3 * target, 3 * (to - from));
            if (overlay.alpha != null) System.arraycopy(overlay.alpha, source, pastedAlpha, target, to - from);
            else if (pastedAlpha != null) Arrays.fill(pastedAlpha, target, target + to - from, (byte) 255);
        }
        return wrap(width, height, pasted, pastedAlpha);
    }

    /** Converts to a JDK image of type {@code TYPE_INT_RGB}, or {@code TYPE_INT_ARGB} if it has alpha. */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(
                width, height, alpha == null ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_INT_ARGB);
        int[] row = new int[width];
        for (int y = 0, from = 0; y < height; y++) {
            for (int x = 0; x < width; x++, from += 3)
                row[x] = ((alpha == null ? 255 : alpha[from / 3]) << 24)
                        | ((rgb[from] & 255) << 16)
                        | ((rgb[from + 1] & 255) << 8)
                        | (rgb[from + 2] & 255);
            image.setRGB(0, y, width, 1, row, 0, width);
        }
        return image;
    }

    /** A JDK image that shares the pixels of an opaque image; not to be modified. */
    BufferedImage asBufferedImage() {
        if (alpha != null) return toBufferedImage();
        WritableRaster raster = Raster.createInterleavedRaster(
                new DataBufferByte(rgb, rgb.length), width, height, 3 * width, 3, new int[] {0, 1, 2}, null);
        ColorModel colours = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
        return new BufferedImage(colours, raster, false, null);
    }

    /**
     * Writes a PNG, JPEG or WebP file, by its extension, atomically; an existing file is replaced, and missing folders
     * are created. See {@link ImageEncoding#ofFile}. A JPEG file has the image on white, without alpha.
     *
     * @throws UsageException when the file cannot be written or has another extension
     */
    public void write(Path file) {
        write(file, Map.of());
    }

    /**
     * As {@link #write(Path)}, with texts, such as a recipe; the same image and texts give the same bytes.
     *
     * @param text texts by keyword; a keyword has 1 to 79 ASCII characters, and is a name in XML for JPEG and WebP
     * @throws UsageException when the file cannot be written or a keyword is not valid
     */
    public void write(Path file, Map<String, String> text) {
        ImageEncoding encoding = ImageEncoding.ofFile(file);
        UsageException.requireNonNull(text, "text");
        AtomicFile.write(file, out -> encoding.write(this, text, out));
    }

    /**
     * Writes the content of an image file to a stream, which stays open.
     *
     * @throws IOException when the stream cannot be written
     * @throws UsageException when the format cannot store the size, or a keyword is not valid
     */
    public void write(OutputStream out, ImageEncoding encoding, Map<String, String> text) throws IOException {
        UsageException.requireNonNull(out, "out");
        UsageException.requireNonNull(encoding, "encoding")
                .write(this, UsageException.requireNonNull(text, "text"), out);
    }

    /** The bytes of a PNG file. */
    public byte[] toPng() {
        return toPng(Map.of());
    }

    /** The bytes of a PNG file with texts. */
    public byte[] toPng(Map<String, String> text) {
        return toBytes(ImageEncoding.PNG, text);
    }

    /** The bytes that {@link #write(OutputStream, ImageEncoding, Map)} writes. */
    public byte[] toBytes(ImageEncoding encoding, Map<String, String> text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            write(out, encoding, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot happen: the stream is in memory
        }
        return out.toByteArray();
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof Image that
                        && width == that.width
                        && height == that.height
                        && Arrays.equals(rgb, that.rgb)
                        && Arrays.equals(alpha, that.alpha));
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
