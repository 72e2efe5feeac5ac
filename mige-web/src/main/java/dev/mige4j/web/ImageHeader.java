package dev.mige4j.web;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Kind and size of a picture file, read off its first bytes before anything is decoded.
 *
 * <p>A size of 0 x 0 means that the header could not be followed; the decoder then says why.
 */
record ImageHeader(String format, int width, int height) {

    /** Empty: not a kind of picture that this server takes. */
    static Optional<ImageHeader> read(byte[] file) {
        if (startsWith(file, "\u0089PNG\r\n\u001a\n"))
            return Optional.of(readFixedHeader(
                    "PNG", file, 24, ByteOrder.BIG_ENDIAN, b -> new int[] {b.getInt(16), b.getInt(20)}));
        if (startsWith(file, "GIF8"))
            return Optional.of(readFixedHeader(
                    "GIF", file, 10, ByteOrder.LITTLE_ENDIAN, b -> new int[] {b.getChar(6), b.getChar(8)}));
        if (startsWith(file, "BM"))
            return Optional.of(readFixedHeader(
                    "BMP", file, 26, ByteOrder.LITTLE_ENDIAN, b -> new int[] {b.getInt(18), b.getInt(22)}));
        if (startsWith(file, "\u00ff\u00d8\u00ff")) return Optional.of(readJpeg(file));
        return Optional.empty();
    }

    long pixels() {
        return (long) width * height;
    }

    private interface SizeReader {
        int[] readSize(ByteBuffer header);
    }

    private static ImageHeader readFixedHeader(
            String format, byte[] file, int headerLength, ByteOrder order, SizeReader reader) {
        if (file.length < headerLength) return new ImageHeader(format, 0, 0);
        int[] size = reader.readSize(ByteBuffer.wrap(file).order(order));
        return new ImageHeader(format, Math.max(0, Math.abs(size[0])), Math.max(0, Math.abs(size[1])));
    }

    /** Walks the segments up to the frame header (SOF), which holds the size. */
    private static ImageHeader readJpeg(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file);
        for (int offset = 2; offset + 9 < file.length; ) {
            int marker = in.getChar(offset);
            if (marker >>> 8 != 0xff) break;
            int markerCode = marker & 0xff;
            if (markerCode == 0xff) {
                offset++;
            } else if (markerCode >= 0xc0
                    && markerCode <= 0xcf
                    && markerCode != 0xc4
                    && markerCode != 0xc8
                    && markerCode != 0xcc) {
                return new ImageHeader("JPEG", in.getChar(offset + 7), in.getChar(offset + 5));
            } else {
                offset += 2 + in.getChar(offset + 2);
            }
        }
        return new ImageHeader("JPEG", 0, 0);
    }

    private static boolean startsWith(byte[] file, String prefix) {
        byte[] prefixBytes = prefix.getBytes(StandardCharsets.ISO_8859_1);
        return file.length >= prefixBytes.length
                && java.util.Arrays.equals(file, 0, prefixBytes.length, prefixBytes, 0, prefixBytes.length);
    }
}
