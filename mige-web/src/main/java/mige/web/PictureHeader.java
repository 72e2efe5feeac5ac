package mige.web;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Kind and size of a picture file, read off its first bytes before anything is decoded.
 *
 * <p>A size of 0 x 0 means that the header could not be followed; the decoder then says why.
 */
record PictureHeader(String kind, int width, int height) {

    /** Empty: not a kind of picture that this server takes. */
    static Optional<PictureHeader> of(byte[] file) {
        if (starts(file, "\u0089PNG\r\n\u001a\n")) return Optional.of(sized("PNG", file, 24, ByteOrder.BIG_ENDIAN, b -> new int[] {b.getInt(16), b.getInt(20)}));
        if (starts(file, "GIF8")) return Optional.of(sized("GIF", file, 10, ByteOrder.LITTLE_ENDIAN, b -> new int[] {b.getChar(6), b.getChar(8)}));
        if (starts(file, "BM")) return Optional.of(sized("BMP", file, 26, ByteOrder.LITTLE_ENDIAN, b -> new int[] {b.getInt(18), b.getInt(22)}));
        if (starts(file, "\u00ff\u00d8\u00ff")) return Optional.of(jpeg(file));
        return Optional.empty();
    }

    long pixels() {
        return (long) width * height;
    }

    private interface Reader {
        int[] size(ByteBuffer header);
    }

    private static PictureHeader sized(String kind, byte[] file, int needed, ByteOrder order, Reader reader) {
        if (file.length < needed) return new PictureHeader(kind, 0, 0);
        int[] size = reader.size(ByteBuffer.wrap(file).order(order));
        return new PictureHeader(kind, Math.max(0, Math.abs(size[0])), Math.max(0, Math.abs(size[1])));
    }

    /** Walks the segments up to the frame header (SOF), which holds the size. */
    private static PictureHeader jpeg(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file);
        for (int at = 2; at + 9 < file.length; ) {
            int marker = in.getChar(at);
            if (marker >>> 8 != 0xff) break;
            int low = marker & 0xff;
            if (low == 0xff) {
                at++;
            } else if (low >= 0xc0 && low <= 0xcf && low != 0xc4 && low != 0xc8 && low != 0xcc) {
                return new PictureHeader("JPEG", in.getChar(at + 7), in.getChar(at + 5));
            } else {
                at += 2 + in.getChar(at + 2);
            }
        }
        return new PictureHeader("JPEG", 0, 0);
    }

    private static boolean starts(byte[] file, String with) {
        byte[] first = with.getBytes(StandardCharsets.ISO_8859_1);
        return file.length >= first.length && java.util.Arrays.equals(file, 0, first.length, first, 0, first.length);
    }
}
