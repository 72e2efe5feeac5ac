package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A format in which images are written: PNG, JPEG or WebP, with the quality of the last two.
 *
 * <p>PNG stores the pixels exactly. JPEG and WebP are lossy, with the meaning of the quality that libjpeg and libwebp
 * have; JPEG stores the colours in half the resolution below a quality of {@value JpegEncoder#FULL_COLOUR_QUALITY}.
 *
 * @param quality 1 to 100; of no effect for PNG
 */
public record ImageEncoding(ImageFormat format, int quality) {

    private static final Set<ImageFormat> WRITTEN = Set.of(ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.WEBP);

    /** Quality of JPEG and WebP files for which none is given. */
    public static final int DEFAULT_QUALITY = 90;

    public static final ImageEncoding PNG = of(ImageFormat.PNG);

    private static final String EXPECTED = ".png, .jpg, .jpeg or .webp";

    /** @throws UsageException when the quality is out of range or images are not written in this format */
    public ImageEncoding {
        UsageException.requireNonNull(format, "format");
        if (!WRITTEN.contains(format))
            throw new UsageException("Images are not written as %s; choose PNG, JPEG or WebP.", format);
        if (quality < 1 || quality > 100) throw new UsageException("The quality is %d, expected 1 to 100.", quality);
    }

    /** The format with {@link #DEFAULT_QUALITY}. */
    public static ImageEncoding of(ImageFormat format) {
        return new ImageEncoding(format, DEFAULT_QUALITY);
    }

    /**
     * The encoding that the extension of a file name stands for, with {@link #DEFAULT_QUALITY}.
     *
     * @throws UsageException when the name does not end in .png, .jpg, .jpeg or .webp
     */
    public static ImageEncoding ofFile(Path file) {
        UsageException.requireNonNull(file, "file");
        String name = file.toString().toLowerCase(Locale.ROOT);
        for (ImageFormat format : WRITTEN)
            if (format.fileExtensions().stream().anyMatch(extension -> name.endsWith("." + extension)))
                return of(format);
        throw new UsageException("%s does not end in %s, the formats in which images are written", file, EXPECTED);
    }

    /** The same format with another quality. */
    public ImageEncoding withQuality(int quality) {
        return new ImageEncoding(format, quality);
    }

    /** The extension of file names: {@code .png}, {@code .jpg} or {@code .webp}. */
    public String extension() {
        return "." + format.fileExtensions().get(0);
    }

    /** The media type, such as {@code image/png}. */
    public String mediaType() {
        return format.mediaType();
    }

    /**
     * Rejects a size that the format cannot store.
     *
     * @throws UsageException when a side of a WebP image is longer than {@value WebpEncoder#MAX_SIDE}
     */
    public void requireSize(int width, int height) {
        if (format == ImageFormat.WEBP && Math.max(width, height) > WebpEncoder.MAX_SIDE)
            throw new UsageException(
                    "A WebP image has at most %d pixels per side, this one has %d x %d; write PNG or JPEG.",
                    WebpEncoder.MAX_SIDE, width, height);
    }

    void write(Image image, Map<String, String> text, OutputStream out) throws IOException {
        requireSize(image.width(), image.height());
        switch (format) {
            case JPEG -> JpegEncoder.encode(image, quality, text, out);
            case WEBP -> WebpEncoder.encode(image, quality, text, out);
            default -> PngEncoder.encode(image, text, out);
        }
    }
}
