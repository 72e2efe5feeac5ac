package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/** A chunk of a PNG file; its data are {@code length} bytes at {@code offset} of the file. */
record PngChunk(String type, int offset, int length) {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    /** More chunks than this, a file of 128 MiB in chunks of 1 KiB, would take more memory than pixels do. */
    private static final int MAX_CHUNKS = 1 << 17;

    /** All chunks up to IEND or to where the file is cut off; an IDAT chunk that is cut off is included. */
    static List<PngChunk> list(byte[] file) throws CorruptImageException {
        List<PngChunk> chunks = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(file);
        for (int offset = 8; offset <= file.length - 12; ) {
            int length = bytes.getInt(offset);
            String type = new String(file, offset + 4, 4, StandardCharsets.ISO_8859_1);
            if (length < 0) throw new CorruptImageException("it has a chunk of %d bytes", length & 0xffffffffL);
            if (length > file.length - offset - 12) {
                if (type.equals("IDAT")) chunks.add(new PngChunk(type, offset + 8, file.length - offset - 8));
                break;
            }
            if (Character.isUpperCase(type.charAt(0))
                    && crc(file, offset + 4, length + 4) != bytes.getInt(offset + 8 + length))
                throw new CorruptImageException("the checksum of chunk %s is wrong", printable(type));
            chunks.add(new PngChunk(type, offset + 8, length));
            if (chunks.size() > MAX_CHUNKS) throw new CorruptImageException("it has more than %d chunks", MAX_CHUNKS);
            if (type.equals("IEND")) break;
            offset += 12 + length;
        }
        return chunks;
    }

    private static String printable(String type) {
        return type.chars().allMatch(c -> c > 32 && c < 127) ? type : "with an unprintable name";
    }

    /** The first bytes of the data, at most {@code maxLength}. */
    byte[] data(byte[] file, int maxLength) {
        return Arrays.copyOfRange(file, offset, offset + Math.min(length, maxLength));
    }

    static void writeSignature(ByteArrayOutputStream out) {
        out.writeBytes(SIGNATURE);
    }

    static void write(ByteArrayOutputStream out, String type, byte[] data) {
        write(out, type, data, 0, data.length);
    }

    static void write(ByteArrayOutputStream out, String type, byte[] bytes, int offset, int length) {
        byte[] typeBytes = type.getBytes(StandardCharsets.ISO_8859_1);
        CRC32 crc = new CRC32();
        crc.update(typeBytes);
        crc.update(bytes, offset, length);
        out.writeBytes(bigEndian(length));
        out.writeBytes(typeBytes);
        out.write(bytes, offset, length);
        out.writeBytes(bigEndian((int) crc.getValue()));
    }

    private static byte[] bigEndian(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    private static int crc(byte[] bytes, int offset, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
