package dev.mige4j.image;

import dev.mige4j.common.ByteSize;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.FileContent;
import dev.mige4j.common.HeapSpace;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Reads image files, and the texts in them, such as a recipe.
 *
 * <p>Formats: those of {@link ImageFormat}; of an animation or of several pages the first. A file of another format,
 * HEIC for example, is read if a {@code javax.imageio} plug-in on the class path recognises it. {@link Image#read}
 * returns the image upright ({@code Orientation} of EXIF applied, or else that of XMP), with its alpha, and in sRGB: an
 * embedded ICC profile (PNG, JPEG, WebP, TIFF) is applied, and gAMA with cHRM of a PNG file. Colours outside of sRGB
 * are clipped. A profile of sRGB keeps all values; one that is damaged, or is for another number of colour components,
 * is ignored. {@link #readAsPillow} returns what the reference's {@code Image.open(file).convert("RGB")} does:
 * transparency dropped, orientation and profile ignored. 16-bit samples keep their upper 8 bits.
 *
 * <p>Sizes are checked before decoding: at most {@value ImageHeader#MAX_SIDE} pixels per side,
 * {@value ImageHeader#MAX_PIXELS} pixels in total, and {@value #MAX_BYTES} bytes of file; and that the Java heap has
 * room for the pixels. The largest image is decoded in a heap of 0.9 GB that holds nothing else. The time is bounded,
 * too: each format takes time linear in the bytes of the file and the pixels of the image, but for a progressive JPEG,
 * whose scans times pixels may be at most {@value JpegDecoder#MAX_WORK}, and {@value JpegDecoder#FREE_WORK} and
 * {@value JpegDecoder#WORK_PER_BYTE} for each byte in a small file. Whatever a file contains, the only exception is a
 * {@link UsageException} with a message of one sentence.
 */
public final class ImageFile {

    /** Largest file that is read, in bytes. */
    public static final int MAX_BYTES = 128 << 20;

    private ImageFile() {}

    /** As {@link Image#read(Path)}. */
    public static Image read(Path file) {
        return read(readBytes(file), file.toString());
    }

    /** As {@link Image#read(byte[], String)}. */
    public static Image read(byte[] file, String name) {
        return read(file, name, () -> false);
    }

    /**
     * As {@link Image#read(byte[], String)}, for as long as the image is wanted.
     *
     * @param cancelled asked again and again while the file is decoded; true ends it within a second or two
     * @throws CancelledException when {@code cancelled} is true
     */
    public static Image read(byte[] file, String name, BooleanSupplier cancelled) {
        UsageException.requireNonNull(cancelled, "cancelled");
        Runnable checkpoint = () -> {
            if (cancelled.getAsBoolean()) throw new CancelledException("%s: cancelled while it was read", name);
        };
        checkpoint.run();
        Optional<ImageFormat> format = checkedFormat(file, name);
        ImageMetadata metadata = format.map(f -> ImageMetadata.read(f, file)).orElse(ImageMetadata.NONE);
        return decode(format, file, name, false, metadata.profile(), checkpoint).toUprightImage(metadata);
    }

    /** Reads an image like the reference: transparency dropped, orientation ignored, 16-bit grey clipped at 255. */
    public static Image readAsPillow(Path file) {
        return readAsPillow(readBytes(file), file.toString());
    }

    /** As {@link #readAsPillow(Path)}, from the bytes of a file; {@code name} identifies it in error messages. */
    public static Image readAsPillow(byte[] file, String name) {
        return decode(checkedFormat(file, name), file, name, true, Optional.empty(), () -> {})
                .toImage();
    }

    /**
     * The texts of a PNG, JPEG or WebP file by keyword, a recipe for example: of the XMP packet of JPEG and WebP files,
     * those that {@link Image#write(Path, Map)} writes. Empty for other image files.
     *
     * @throws UsageException when the file is missing or not an image
     */
    public static Map<String, String> textChunks(Path file) {
        return textChunks(readBytes(file), file.toString());
    }

    /** As {@link #textChunks(Path)}, from the bytes of a file; {@code name} identifies it in error messages. */
    public static Map<String, String> textChunks(byte[] file, String name) {
        requireArguments(file, name);
        ImageFormat format = ImageFormat.detect(file).orElseThrow(() -> unknownFormat(file, name));
        try {
            return switch (format) {
                case PNG -> PngText.read(file);
                case JPEG -> xmpTexts(JpegHeader.xmpPacket(file));
                case WEBP -> xmpTexts(WebpChunk.xmpPacket(file));
                default -> Map.of();
            };
        } catch (CorruptImageException e) {
            throw damaged(name, format, e);
        }
    }

    private static Map<String, String> xmpTexts(Optional<byte[]> packet) {
        return packet.map(XmpText::read).orElse(Map.of());
    }

    /**
     * The number of pixels of a file of a format outside of {@link ImageFormat}, as the plug-in that reads it states
     * it; 0 if there is no such plug-in or the file is damaged.
     */
    public static long pluginPixels(byte[] file) {
        UsageException.requireNonNull(file, "file");
        try {
            return ImageIoDecoder.pluginPixels(file);
        } catch (CorruptImageException e) {
            return 0; // reading says what is wrong
        }
    }

    private static byte[] readBytes(Path file) {
        UsageException.requireNonNull(file, "file");
        if (!Files.exists(file)) throw new UsageException("%s: no such file", file);
        if (Files.isDirectory(file)) throw new UsageException("%s: a folder, expected an image file", file);
        try {
            if (!Files.isRegularFile(file)) return readBounded(file);
            long size = Files.size(file);
            if (size > MAX_BYTES) throw fileTooLarge(file.toString(), size);
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UsageException("%s: cannot be read (%s).", file, e.getMessage(), e);
        }
    }

    /** Reads a pipe or a device, whose length is unknown. */
    private static byte[] readBounded(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) throw fileTooLarge(file.toString(), content.length);
            return content;
        }
    }

    /** The format of a file whose length and size are within the limits; empty if it is not known. */
    private static Optional<ImageFormat> checkedFormat(byte[] file, String name) {
        requireArguments(file, name);
        if (file.length == 0) throw new UsageException("%s: an empty file, expected an image", name);
        if (file.length > MAX_BYTES) throw fileTooLarge(name, file.length);
        Optional<ImageHeader> header = ImageHeader.read(file);
        header.filter(ImageHeader::hasSize).ifPresent(h -> {
            checkSize(h.width(), h.height(), name);
            HeapSpace.require(3 * h.pixels(), name + ": the image of %d x %d pixels".formatted(h.width(), h.height()));
        });
        return header.map(ImageHeader::format);
    }

    private static DecodedImage decode(
            Optional<ImageFormat> format,
            byte[] file,
            String name,
            boolean asPillow,
            Optional<ColourProfile> profile,
            Runnable checkpoint) {
        if (format.isEmpty()) return decodeWithPlugin(file, name, checkpoint);
        try {
            return switch (format.get()) {
                case PNG -> PngDecoder.decode(file, name, asPillow, checkpoint);
                case JPEG -> JpegDecoder.decode(file, name, profile, checkpoint);
                case GIF -> GifDecoder.decode(file, name);
                case BMP -> BmpDecoder.decode(file, name);
                case WEBP -> WebpDecoder.decode(file, name);
                case TIFF -> TiffDecoder.decode(file, name, profile, checkpoint);
            };
        } catch (CorruptImageException e) {
            throw damaged(name, format.get(), e);
        }
    }

    private static DecodedImage decodeWithPlugin(byte[] file, String name, Runnable checkpoint) {
        try {
            return ImageIoDecoder.decodeWithPlugin(file, name, checkpoint).orElseThrow(() -> unknownFormat(file, name));
        } catch (CorruptImageException e) {
            String format =
                    FileContent.recognize(file).map(FileContent::description).orElse("an image");
            throw new UsageException("%s: %s that cannot be read: %s.", name, format, e.getMessage());
        }
    }

    /** Rejects a size before memory is allocated for it. */
    static void checkSize(long width, long height, String name) {
        if (width < 1 || height < 1) throw new UsageException("%s: an image of %d x %d pixels", name, width, height);
        if (width > ImageHeader.MAX_SIDE || height > ImageHeader.MAX_SIDE || width * height > ImageHeader.MAX_PIXELS)
            throw new UsageException(
                    "%s: %d x %d pixels, expected at most %d per side and %d million in total; make the image smaller.",
                    name, width, height, ImageHeader.MAX_SIDE, ImageHeader.MAX_PIXELS / 1_000_000);
    }

    private static void requireArguments(byte[] file, String name) {
        UsageException.requireNonNull(file, "file");
        UsageException.requireNonNull(name, "name");
    }

    private static UsageException fileTooLarge(String name, long size) {
        return new UsageException(
                "%s: a file of %s, expected at most %s; make the image smaller.",
                name, ByteSize.format(size), ByteSize.format(MAX_BYTES));
    }

    private static UsageException unknownFormat(byte[] file, String name) {
        String expected = "a " + ImageFormat.list() + " image";
        return new UsageException(
                "%s",
                FileContent.recognize(file)
                        .map(content -> content.message(name, expected))
                        .orElse(name + ": not an image file of a known format; expected " + expected));
    }

    private static UsageException damaged(String name, ImageFormat format, CorruptImageException e) {
        return new UsageException("%s: a damaged %s image: %s.", name, format, e.getMessage());
    }
}
