package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Runs a {@code javax.imageio} reader on a file in memory and turns its failures into one kind of exception. */
final class ImageIoDecoder {

    private ImageIoDecoder() {}

    /** Decodes with a reader whose input is set. */
    @FunctionalInterface
    interface Decoder<T> {
        T decode(ImageReader reader) throws IOException, CorruptImageException;
    }

    /** Whether there is a reader for a format. */
    static boolean supports(ImageFormat format) {
        return readers(format).hasNext();
    }

    static <T> T decode(ImageFormat format, byte[] file, Decoder<T> decoder) throws CorruptImageException {
        Iterator<ImageReader> readers = readers(format);
        if (!readers.hasNext()) throw new CorruptImageException("this Java runtime has no %s decoder", format);
        ImageReader reader = readers.next();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(stream, false, true);
            return decoder.decode(reader);
        } catch (UsageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new CorruptImageException("%s", describe(e));
        } finally {
            reader.dispose();
        }
    }

    private static Iterator<ImageReader> readers(ImageFormat format) {
        return ImageIO.getImageReadersByFormatName(format.toString().toLowerCase(Locale.ROOT));
    }

    /** The message of a decoder's exception as one clause. */
    private static String describe(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause())
            if (cause instanceof EOFException) return "it ends within its pixel data";
        String message = e.getMessage() == null
                ? ""
                : e.getMessage().replaceAll("\\s+", " ").strip().replaceAll("[.!]+$", "");
        return message.isEmpty() ? "its pixel data cannot be decoded" : message;
    }
}
