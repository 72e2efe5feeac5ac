package dev.mige4j.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The first directory of a TIFF block, which is a TIFF file or the content of EXIF. Whatever the block contains,
 * nothing is thrown: entries that are damaged, or lie outside the block, are absent.
 */
final class TiffDirectory {

    private static final int ENTRY_BYTES = 12, MAGIC = 42;

    private final ByteBuffer block;
    private final int first, count; // offset of the entries and their number

    private TiffDirectory(ByteBuffer block, int first, int count) {
        this.block = block;
        this.first = first;
        this.count = count;
    }

    /** Whether a TIFF header is at {@code offset}. */
    static boolean startsAt(byte[] bytes, int offset, int length) {
        if (length < 8) return false;
        boolean little = bytes[offset] == 'I' && bytes[offset + 1] == 'I';
        boolean big = bytes[offset] == 'M' && bytes[offset + 1] == 'M';
        return (little && bytes[offset + 2] == MAGIC && bytes[offset + 3] == 0)
                || (big && bytes[offset + 2] == 0 && bytes[offset + 3] == MAGIC);
    }

    /** Reads the directory; without entries if there is none. */
    static TiffDirectory read(byte[] bytes) {
        ByteBuffer block = ByteBuffer.wrap(bytes);
        if (!startsAt(bytes, 0, bytes.length)) return new TiffDirectory(block, 0, 0);
        if (bytes[0] == 'I') block.order(ByteOrder.LITTLE_ENDIAN);
        int directory = block.getInt(4);
        if (directory < 8 || directory > bytes.length - 2) return new TiffDirectory(block, 0, 0);
        int fitting = (bytes.length - directory - 2) / ENTRY_BYTES;
        return new TiffDirectory(block, directory + 2, Math.min(block.getChar(directory), fitting));
    }

    /** The first value of an entry of any integer type. */
    OptionalInt integer(int tag) {
        int entry = find(tag);
        if (entry < 0) return OptionalInt.empty();
        int type = block.getChar(entry + 2), at = data(entry);
        if (at < 0) return OptionalInt.empty();
        return switch (type) {
            case 1, 6, 7 -> OptionalInt.of(block.get(at)); // BYTE, SBYTE, UNDEFINED
            case 3, 8 -> OptionalInt.of(block.getShort(at)); // SHORT, SSHORT
            case 4, 9 -> OptionalInt.of(block.getInt(at)); // LONG, SLONG
            default -> OptionalInt.empty();
        };
    }

    /** The data of an entry. */
    Optional<byte[]> bytes(int tag) {
        int entry = find(tag), at = entry < 0 ? -1 : data(entry);
        if (at < 0) return Optional.empty();
        return Optional.of(Arrays.copyOfRange(block.array(), at, at + (int) length(entry)));
    }

    private int find(int tag) {
        for (int i = 0; i < count; i++)
            if (block.getChar(first + i * ENTRY_BYTES) == tag) return first + i * ENTRY_BYTES;
        return -1;
    }

    /** Where the data of an entry start: inside it if they have at most 4 bytes; -1 if they lie outside the block. */
    private int data(int entry) {
        long length = length(entry), at = length <= 4 ? entry + 8 : block.getInt(entry + 8) & 0xffffffffL;
        return length > 0 && at + length <= block.limit() ? (int) at : -1;
    }

    /** The length of the data of an entry in bytes; 0 if its type is unknown. */
    private long length(int entry) {
        int size =
                switch (block.getChar(entry + 2)) {
                    case 1, 2, 6, 7 -> 1;
                    case 3, 8 -> 2;
                    case 4, 9, 11 -> 4;
                    case 5, 10, 12 -> 8;
                    default -> 0;
                };
        return size * (block.getInt(entry + 4) & 0xffffffffL);
    }
}
