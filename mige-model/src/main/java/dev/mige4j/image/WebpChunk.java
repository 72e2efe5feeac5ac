package dev.mige4j.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A chunk of a WebP file; its data are {@code length} bytes at {@code offset} of the file. */
record WebpChunk(String type, int offset, int length) {

    /** So many are listed; animations have one for each frame. */
    private static final int MAX_CHUNKS = 1 << 16;

    /** All chunks up to where the file is cut off. */
    static List<WebpChunk> list(byte[] file) {
        if (file.length < 12) return List.of();
        long end = 8 + (ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(4) & 0xffffffffL);
        return list(file, 12, (int) Math.min(file.length, end));
    }

    /** The chunks between two offsets, such as those of a frame, up to where the last is cut off. */
    static List<WebpChunk> list(byte[] file, int from, int to) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        List<WebpChunk> chunks = new ArrayList<>();
        for (int offset = from; offset <= to - 8 && chunks.size() < MAX_CHUNKS; ) {
            int length = bytes.getInt(offset + 4);
            if (length < 0 || length > to - offset - 8) break;
            chunks.add(new WebpChunk(new String(file, offset, 4, StandardCharsets.ISO_8859_1), offset + 8, length));
            offset += 8 + length + (length & 1);
        }
        return chunks;
    }

    /** The XMP packet, if the file has one. */
    static Optional<byte[]> xmpPacket(byte[] file) {
        return list(file).stream()
                .filter(chunk -> chunk.type.equals("XMP "))
                .findFirst()
                .map(chunk -> chunk.data(file));
    }

    byte[] data(byte[] file) {
        return Arrays.copyOfRange(file, offset, offset + length);
    }

    /** Writes a chunk with its padding. */
    static void write(ByteArrayOutputStream out, String type, byte[] data) {
        out.writeBytes(type.getBytes(StandardCharsets.ISO_8859_1));
        out.writeBytes(littleEndian(data.length));
        out.writeBytes(data);
        if (data.length % 2 != 0) out.write(0);
    }

    static byte[] littleEndian(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }
}
