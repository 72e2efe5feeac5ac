package dev.mige4j.eval.report;

import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Encodes images as small JPEGs in data URIs; an image is encoded once. */
public final class Thumbnails {

    /**
     * Size and quality of the thumbnails.
     *
     * @param width the maximum width in pixels
     * @param quality JPEG quality, 0 to 1
     */
    record Format(int width, float quality) {}

    private final Format format;
    private final Map<Image, String> encoded = new HashMap<>();

    Thumbnails(Format format) {
        this.format = format;
    }

    /**
     * Thumbnails of a format.
     *
     * @param width the maximum width in pixels
     * @param quality JPEG quality, 0 to 1
     */
    public Thumbnails(int width, float quality) {
        this(new Format(width, quality));
    }

    int width() {
        return format.width;
    }

    /** A {@code data:} URI with the image, scaled down if it is larger than the format. */
    public String dataUri(Image image) {
        return encoded.computeIfAbsent(
                image, i -> "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(encodeJpeg(i)));
    }

    private byte[] encodeJpeg(Image image) {
        Image thumbnail = image.width() <= format.width && image.height() <= format.width
                ? image
                : Resampling.BICUBIC.resize(
                        image, format.width, Math.max(1, format.width * image.height() / image.width()));
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = new MemoryCacheImageOutputStream(bytes)) { // a file cache cannot be opened after Ctrl-C
            ImageWriteParam params = writer.getDefaultWriteParam();
            params.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            params.setCompressionQuality(format.quality);
            writer.setOutput(out);
            writer.write(null, new IIOImage(thumbnail.flatten(0).toBufferedImage(), null, null), params);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
