package dev.mige4j.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The first directory of a TIFF block, which is a TIFF file or the content of EXIF. Whatever the block contains,
 * nothing is thrown: fields of unknown types, and those outside the block, are absent.
 *
 * @param entries fields by tag; a tag that occurs twice keeps the first
 * @param cutOff whether the block ends within the directory
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TiffDirectory(byte[] block, ByteOrder order, Map<Integer, Entry> entries, boolean cutOff) {

    private static final int ENTRY_BYTES = 12, MAGIC = 42;

    /** Bytes of a value by its type. */
    private static final int[] TYPE_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

    /** A field: {@code count} values of a type, at {@code offset} of the block. */
    record Entry(int type, int count, int offset) {

        int valueBytes() {
            return TYPE_BYTES[type];
        }
    }

    /** Whether a TIFF header is at {@code offset}. */
    static boolean startsAt(byte[] bytes, int offset, int length) {
        if (length < 8) return false;
        boolean little = bytes[offset] == 'I' && bytes[offset + 1] == 'I';
        boolean big = bytes[offset] == 'M' && bytes[offset + 1] == 'M';
        return (little && bytes[offset + 2] == MAGIC && bytes[offset + 3] == 0)
                || (big && bytes[offset + 2] == 0 && bytes[offset + 3] == MAGIC);
    }

    /** Reads the directory, in time linear in its length; without entries if there is none. */
    static TiffDirectory read(byte[] block) {
        Map<Integer, Entry> entries = new TreeMap<>();
        if (!startsAt(block, 0, block.length)) return new TiffDirectory(block, ByteOrder.BIG_ENDIAN, entries, false);
        ByteOrder order = block[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ByteBuffer bytes = ByteBuffer.wrap(block).order(order);
        long directory = bytes.getInt(4) & 0xffffffffL;
        if (directory < 8 || directory > block.length - 2) return new TiffDirectory(block, order, entries, false);
        int first = (int) directory + 2, count = bytes.getChar(first - 2);
        int fitting = Math.min(count, (block.length - first) / ENTRY_BYTES);
        for (int i = 0, at = first; i < fitting; i++, at += ENTRY_BYTES) {
            int type = bytes.getChar(at + 2);
            long values = bytes.getInt(at + 4) & 0xffffffffL,
                    length = type < TYPE_BYTES.length ? values * TYPE_BYTES[type] : 0;
            long offset = length <= 4 ? at + 8 : bytes.getInt(at + 8) & 0xffffffffL;
            if (length > 0 && offset + length <= block.length)
                entries.putIfAbsent((int) bytes.getChar(at), new Entry(type, (int) values, (int) offset));
        }
        return new TiffDirectory(block, order, entries, fitting < count);
    }

    boolean has(int tag) {
        return entries.containsKey(tag);
    }

    /** The number of values of a field; 0 if the directory has no such field. */
    int count(int tag) {
        return has(tag) ? entries.get(tag).count : 0;
    }

    /** The first value of a field of integers; {@code absent} if the directory has no such field. */
    long value(int tag, long absent) {
        return has(tag) ? value(tag, 0) : absent;
    }

    /** A value of a field of unsigned integers. */
    long value(int tag, int index) {
        Entry entry = entries.get(tag);
        ByteBuffer bytes = ByteBuffer.wrap(block).order(order);
        int at = entry.offset + index * entry.valueBytes();
        return switch (entry.valueBytes()) {
            case 1 -> bytes.get(at) & 255;
            case 2 -> bytes.getChar(at);
            default -> bytes.getInt(at) & 0xffffffffL;
        };
    }

    /** The bytes of a field's values. */
    Optional<byte[]> data(int tag) {
        return Optional.ofNullable(entries.get(tag))
                .map(entry -> Arrays.copyOfRange(block, entry.offset, entry.offset + entry.count * entry.valueBytes()));
    }
}
