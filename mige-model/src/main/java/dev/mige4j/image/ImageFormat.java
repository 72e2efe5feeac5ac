package dev.mige4j.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Image file formats that are read, recognised by the first bytes of a file. This is the one list of them: the command
 * line, the server and its page accept the same formats.
 */
public enum ImageFormat {
    PNG("PNG", "image/png"),
    JPEG("JPEG", "image/jpeg"),
    GIF("GIF", "image/gif"),
    BMP("BMP", "image/bmp"),
    WEBP("WebP", "image/webp"),
    TIFF("TIFF", "image/tiff");
    private static final byte[] PNG_SIGNATURE = latin1("\u0089PNG\r\n\u001a\n"),
            JPEG_SIGNATURE = latin1("\u00ff\u00d8\u00ff");
    private final String displayName, mediaType;

    ImageFormat(String displayName, String mediaType) {
        this.displayName = displayName;
        this.mediaType = mediaType;
    }

    /** The format of a file; empty if it is none of these. */
    public static Optional<ImageFormat> detect(byte[] file) {
        if (matches(file, 0, PNG_SIGNATURE)) return Optional.of(PNG);
        if (matches(file, 0, JPEG_SIGNATURE)) return Optional.of(JPEG);
        if (matches(file, 0, latin1("GIF87a")) || matches(file, 0, latin1("GIF89a"))) return Optional.of(GIF);
        if (matches(file, 0, latin1("BM"))) return Optional.of(BMP);
        if (matches(file, 0, latin1("RIFF")) && matches(file, 8, latin1("WEBP"))) return Optional.of(WEBP);
        if (matches(file, 0, latin1("II*\0")) || matches(file, 0, latin1("MM\0*"))) return Optional.of(TIFF);
        return Optional.empty();
    }

    /** All formats in one phrase: {@code PNG, JPEG, GIF, BMP, WebP or TIFF}. */
    public static String list() {
        List<ImageFormat> formats = List.of(values());
        Stream<ImageFormat> allButLast = formats.stream().limit(formats.size() - 1);
        return allButLast.map(ImageFormat::toString).collect(Collectors.joining(", ")) + " or "
                + formats.get(formats.size() - 1);
    }

    /** Whether {@code file} has {@code expected} at {@code offset}. */
    static boolean matches(byte[] file, int offset, byte[] expected) {
        int end = offset + expected.length;
        return file.length >= end && Arrays.equals(file, offset, end, expected, 0, expected.length);
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The media type, {@code image/png} for example. */
    public String mediaType() {
        return mediaType;
    }

    /** The usual extensions of file names in lower case and without a dot; the first is the preferred one. */
    public List<String> fileExtensions() {
        return switch (this) {
            case JPEG -> List.of("jpg", "jpeg");
            case TIFF -> List.of("tif", "tiff");
            default -> List.of(name().toLowerCase(Locale.ROOT));
        };
    }

    /** The usual spelling of the name, "WebP" for example. */
    @Override
    public String toString() {
        return displayName;
    }
}
