package dev.mige4j.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Image file formats, recognised by the first bytes of a file. */
public enum ImageFormat {
    PNG("PNG"),
    JPEG("JPEG"),
    GIF("GIF"),
    BMP("BMP"),
    WEBP("WebP");
    private static final byte[] PNG_SIGNATURE = latin1("\u0089PNG\r\n\u001a\n"),
            JPEG_SIGNATURE = latin1("\u00ff\u00d8\u00ff");

    private final String displayName;

    ImageFormat(String displayName) {
        this.displayName = displayName;
    }

    /** The format of a file; empty if it is none of these. */
    public static Optional<ImageFormat> detect(byte[] file) {
        if (matches(file, 0, PNG_SIGNATURE)) return Optional.of(PNG);
        if (matches(file, 0, JPEG_SIGNATURE)) return Optional.of(JPEG);
        if (matches(file, 0, latin1("GIF87a")) || matches(file, 0, latin1("GIF89a"))) return Optional.of(GIF);
        if (matches(file, 0, latin1("BM"))) return Optional.of(BMP);
        if (matches(file, 0, latin1("RIFF")) && matches(file, 8, latin1("WEBP"))) return Optional.of(WEBP);
        return Optional.empty();
    }

    /** Whether {@code file} has {@code expected} at {@code offset}. */
    static boolean matches(byte[] file, int offset, byte[] expected) {
        int end = offset + expected.length;
        return file.length >= end && Arrays.equals(file, offset, end, expected, 0, expected.length);
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The usual spelling of the name, "WebP" for example. */
    @Override
    public String toString() {
        return displayName;
    }
}
