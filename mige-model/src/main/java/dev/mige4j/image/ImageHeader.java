package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Format and size of an image file, read from its header without decoding anything.
 *
 * <p>The size is that of the decoded image: for a GIF, the smallest canvas that holds the logical screen and the first
 * frame, because a frame may be larger than the screen; for a WebP file that is animated, the canvas. It is the size as
 * stored, before any EXIF rotation. A width and height of 0 mean that the header is damaged or cut off;
 * {@link Image#read} then reports the reason.
 *
 * @param width in pixels, 0 if unknown; sizes beyond {@code int} are reported as {@link Integer#MAX_VALUE}
 * @param height in pixels, 0 if unknown
 * @param work how long decoding takes, as a number of pixels: those of the image, times the scans of a JPEG file, and
 *     more for each strip or tile of a TIFF file. A million takes about 10 ms
 */
public record ImageHeader(ImageFormat format, int width, int height, long work) {

    /** Largest width and height that is decoded, see {@link ImageFile} for all limits. */
    public static final int MAX_SIDE = 16_384;
    /** Largest number of pixels that is decoded. */
    public static final int MAX_PIXELS = 64_000_000;

    /** Reads the header of a file; takes time linear in the file's length at most. Empty if the format is unknown. */
    public static Optional<ImageHeader> read(byte[] file) {
        UsageException.requireNonNull(file, "file");
        return ImageFormat.detect(file).map(format -> read(format, file));
    }

    private static ImageHeader read(ImageFormat format, byte[] file) {
        return switch (format) {
            case PNG -> readPng(file);
            case JPEG -> readJpeg(file);
            case GIF -> readGif(file);
            case BMP -> readBmp(file);
            case WEBP -> readWebp(file);
            case TIFF -> readTiff(file);
        };
    }

    ImageHeader(ImageFormat format, int width, int height) {
        this(format, width, height, (long) width * height);
    }

    private ImageHeader withWork(long work) {
        return new ImageHeader(format, width, height, work);
    }

    /** Width times height. */
    public long pixels() {
        return (long) width * height;
    }

    /** Whether the header states a size. */
    public boolean hasSize() {
        return width > 0 && height > 0;
    }

    /** Whether the image is larger than {@value #MAX_SIDE} pixels on a side or {@value #MAX_PIXELS} pixels in total. */
    public boolean exceedsLimits() {
        return width > MAX_SIDE || height > MAX_SIDE || pixels() > MAX_PIXELS;
    }

    private static ImageHeader ofSize(ImageFormat format, long width, long height) {
        if (width < 1 || height < 1) return new ImageHeader(format, 0, 0);
        return new ImageHeader(
                format, (int) Math.min(width, Integer.MAX_VALUE), (int) Math.min(height, Integer.MAX_VALUE));
    }

    private static ImageHeader readPng(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        if (bytes.limit() < 24) return ofSize(ImageFormat.PNG, 0, 0);
        return ofSize(ImageFormat.PNG, bytes.getInt(16) & 0xffffffffL, bytes.getInt(20) & 0xffffffffL);
    }

    private static ImageHeader readJpeg(byte[] file) {
        try {
            JpegHeader header = JpegHeader.read(file);
            return ofSize(ImageFormat.JPEG, header.width(), header.height()).withWork(header.work(file));
        } catch (CorruptImageException e) {
            return ofSize(ImageFormat.JPEG, 0, 0);
        }
    }

    private static ImageHeader readGif(byte[] file) {
        try {
            GifFrame frame = GifFrame.read(file);
            return ofSize(ImageFormat.GIF, frame.canvasWidth(), frame.canvasHeight());
        } catch (CorruptImageException e) {
            return ofSize(ImageFormat.GIF, 0, 0);
        }
    }

    private static ImageHeader readBmp(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.limit() < 26) return ofSize(ImageFormat.BMP, 0, 0);
        if (bytes.getInt(14) == 12) return ofSize(ImageFormat.BMP, bytes.getChar(18), bytes.getChar(20)); // OS/2
        return ofSize(ImageFormat.BMP, bytes.getInt(18), Math.abs((long) bytes.getInt(22))); // negative: top row first
    }

    private static ImageHeader readWebp(byte[] file) {
        try {
            WebpContainer container = WebpContainer.read(file);
            return ofSize(ImageFormat.WEBP, container.width(), container.height());
        } catch (CorruptImageException e) {
            return ofSize(ImageFormat.WEBP, 0, 0);
        }
    }

    private static ImageHeader readTiff(byte[] file) {
        try {
            TiffHeader header = TiffHeader.read(file);
            return ofSize(ImageFormat.TIFF, header.width(), header.height()).withWork(header.work());
        } catch (CorruptImageException e) {
            return ofSize(ImageFormat.TIFF, 0, 0);
        }
    }
}
