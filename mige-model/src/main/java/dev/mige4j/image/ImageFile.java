package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Picture files: reading what users have, writing PNG with a recipe inside.
 *
 * <p>Read are PNG, JPEG (CMYK too), the first frame of a GIF, BMP, and WebP where a plug-in for {@code javax.imageio}
 * is on the class path. A picture comes upright (EXIF orientation applied), its transparent parts on black, the colour
 * that the networks see around a letterboxed picture. {@link #readAsPillow} gives what the reference's
 * {@code Image.open(file).convert("RGB")} gives instead: transparency dropped, orientation ignored. Colour profiles are
 * ignored, 16-bit colours keep their upper eight, only the first frame counts.
 *
 * <p>The size in the header is checked before anything is decoded: at most {@value ImageHeader#MAX_SIDE} pixels a side,
 * {@value ImageHeader#MAX_PIXELS} in all, and {@value #MAX_BYTES} bytes of file. Whatever a file holds, the one
 * exception is a {@link UsageException} of one sentence.
 */
public final class ImageFile {

    /** Largest file that is read. */
    public static final int MAX_BYTES = 128 << 20;

    private ImageFile() {}

    /** Reads a picture, upright and on black. */
    public static Image read(Path file) {
        return read(readBytes(file), file.toString());
    }

    /** Reads a picture from the bytes of a file, upright and on black; {@code name} is what messages call it. */
    public static Image read(byte[] file, String name) {
        return decode(file, name, false).toUprightImage();
    }

    /** Reads a picture as the reference does: transparency dropped, orientation ignored, 16-bit grey cut at 255. */
    public static Image readAsPillow(Path file) {
        return readAsPillow(readBytes(file), file.toString());
    }

    /** The same from the bytes of a file. */
    public static Image readAsPillow(byte[] file, String name) {
        return decode(file, name, true).toImage();
    }

    /** How opaque each pixel is, upright, as grey (white: opaque); empty when nothing in the file is transparent. */
    public static Optional<Image> alphaMask(byte[] file, String name) {
        DecodedImage decoded = decode(file, name, false);
        if (decoded.alpha() == null) return Optional.empty();
        boolean translucent = false;
        byte[] grey = new byte[3 * decoded.alpha().length];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = decoded.alpha()[i / 3];
            translucent |= grey[i] != (byte) 255;
        }
        return translucent
                ? Optional.of(new DecodedImage(decoded.width(), decoded.height(), grey, null, decoded.orientation())
                        .toUprightImage())
                : Optional.empty();
    }

    private static byte[] readBytes(Path file) {
        if (!Files.exists(file)) throw new UsageException("%s: no such file", file);
        if (Files.isDirectory(file)) throw new UsageException("%s: a folder, expected a picture file", file);
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) throw fileTooLarge(file.toString(), size);
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UsageException("%s: cannot be read (%s)", file, e.getMessage());
        }
    }

    private static UsageException fileTooLarge(String name, long size) {
        return new UsageException(
                "%s: %d bytes, expected at most %d; save the picture smaller.", name, size, MAX_BYTES);
    }

    private static DecodedImage decode(byte[] file, String name, boolean asPillow) {
        if (file.length == 0) throw new UsageException("%s: an empty file, expected a picture", name);
        if (file.length > MAX_BYTES) throw fileTooLarge(name, file.length);
        String format = detectFormat(file);
        ImageHeader.read(file)
                .filter(ImageHeader::hasSize)
                .ifPresent(header -> checkSize(header.width(), header.height(), name));
        try {
            return switch (format) {
                case "PNG" -> PngCodec.read(file, name, asPillow);
                case "JPEG" -> JpegDecoder.read(file, name);
                case "GIF" -> GifDecoder.read(file, name);
                default -> decodeWithImageIo(file, name, format);
            };
        } catch (CorruptImageException e) {
            throw new UsageException("%s: a damaged %s picture: %s.", name, format, e.getMessage());
        }
    }

    private static String detectFormat(byte[] file) {
        return ImageFormat.detect(file).map(ImageFormat::toString).orElse("");
    }

    /** Formats left to {@code javax.imageio}. */
    private static DecodedImage decodeWithImageIo(byte[] file, String name, String format)
            throws CorruptImageException {
        Iterator<ImageReader> readers = format.isEmpty()
                ? null
                : ImageIO.getImageReadersByFormatName(format.toLowerCase(java.util.Locale.ROOT));
        if (readers == null)
            throw new UsageException("%s: not a picture this program knows; expected PNG, JPEG, GIF or BMP", name);
        if (!readers.hasNext())
            throw new UsageException(
                    "%s: a %s picture, and no plug-in that reads it is on the class path; convert it to PNG or JPEG.",
                    name, format);
        ImageReader reader = readers.next();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(stream, true, true);
            checkSize(reader.getWidth(0), reader.getHeight(0), name);
            BufferedImage image = reader.read(0);
            int w = image.getWidth(), h = image.getHeight();
            boolean translucent =
                    image.getColorModel().hasAlpha() && !format.equals("BMP"); // a BMP's fourth byte is filling
            byte[] rgb = new byte[3 * w * h], alpha = translucent ? new byte[w * h] : null;
            int[] row = new int[w];
            for (int y = 0, index = 0; y < h; y++) {
                image.getRGB(0, y, w, 1, row, 0, w);
                for (int x = 0; x < w; x++, index++) {
                    for (int c = 0; c < 3; c++) rgb[3 * index + c] = (byte) (row[x] >> 16 - 8 * c);
                    if (translucent) alpha[index] = (byte) (row[x] >>> 24);
                }
            }
            return new DecodedImage(w, h, rgb, alpha, 1);
        } catch (UsageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new CorruptImageException("%s", describe(e));
        } finally {
            reader.dispose();
        }
    }

    /** What a decoder of the JDK has to say, as one clause. */
    static String describe(Exception e) {
        String message = e.getMessage() == null
                ? ""
                : e.getMessage().replaceAll("\\s+", " ").strip().replaceAll("[.!]+$", "");
        return message.isEmpty() ? "its pixels cannot be decoded" : message;
    }

    /** Refuses a size before memory is taken for it. */
    static void checkSize(long width, long height, String name) {
        if (width < 1 || height < 1)
            throw new UsageException("%s: a picture of %d x %d pixels is empty", name, width, height);
        if (width > ImageHeader.MAX_SIDE || height > ImageHeader.MAX_SIDE || width * height > ImageHeader.MAX_PIXELS)
            throw new UsageException(
                    "%s: %d x %d pixels, expected at most %d a side and %d million in all; make the picture smaller.",
                    name, width, height, ImageHeader.MAX_SIDE, ImageHeader.MAX_PIXELS / 1_000_000);
    }

    /** Writes a PNG with these texts inside; under a temporary name first, so a half-written picture is never seen. */
    public static void write(Path png, Image image, Map<String, String> text) {
        byte[] bytes = toPng(image, text);
        String temporaryName = "." + png.getFileName() + "."
                + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".part";
        Path temporary = png.toAbsolutePath().resolveSibling(temporaryName);
        try {
            Files.write(temporary, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Files.move(temporary, png, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            deleteQuietly(temporary);
            throw cannotWrite(png, e);
        }
    }

    private static UsageException cannotWrite(Path png, IOException e) {
        return new UsageException(
                "%s: cannot be written (%s: %s)", png, e.getClass().getSimpleName(), e.getMessage());
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException ignored) {
            // the reason that led here is the one to tell
        }
    }

    /** The bytes of a PNG with these texts, in the order of their names; same picture and texts, same bytes. */
    public static byte[] toPng(Image image, Map<String, String> text) {
        return PngCodec.write(image, text);
    }

    /** The texts (recipe) inside of a PNG file by their names; none in other picture files. */
    public static Map<String, String> textChunks(Path file) {
        return textChunks(readBytes(file), file.toString());
    }

    /** The same from the bytes of a file. */
    public static Map<String, String> textChunks(byte[] file, String name) {
        if (!PngCodec.isPng(file)) {
            if (detectFormat(file).isEmpty())
                throw new UsageException("%s: not a picture this program knows; expected PNG, JPEG, GIF or BMP", name);
            return Map.of();
        }
        try {
            return PngCodec.textChunks(file);
        } catch (CorruptImageException e) {
            throw new UsageException("%s: a damaged PNG picture: %s.", name, e.getMessage());
        }
    }
}
