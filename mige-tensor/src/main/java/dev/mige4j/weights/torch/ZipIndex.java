package dev.mige4j.weights.torch;

import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Locates the uncompressed files of a zip archive, so that they can be memory-mapped. Reads the central directory (also
 * ZIP64); rejects compressed and encrypted entries. Source: PKWARE's APPNOTE, sections 4.3 and 4.5.3.
 */
final class ZipIndex {

    /** A range of bytes of the archive. */
    record ByteRange(long offset, long size) {}

    private record CentralDirectoryEntry(
            long localHeaderOffset, long size, long compressedSize, int method, int flags) {}

    private static final int END_OF_CENTRAL_DIRECTORY = 0x06054b50,
            ZIP64_END_OF_CENTRAL_DIRECTORY = 0x06064b50,
            ZIP64_LOCATOR = 0x07064b50,
            CENTRAL_FILE_HEADER = 0x02014b50,
            LOCAL_FILE_HEADER = 0x04034b50;
    private static final int END_RECORD_SIZE = 22, MAX_COMMENT = 65535, MAX_DIRECTORY_BYTES = 64 << 20;

    private final TensorFile file;
    private final Map<String, CentralDirectoryEntry> entries = new LinkedHashMap<>();

    ZipIndex(TensorFile file) throws IOException {
        this.file = file;
        int tailSize = (int) Math.min(file.size(), END_RECORD_SIZE + MAX_COMMENT + 20);
        long tailStart = file.size() - tailSize;
        ByteBuffer tail = read(tailStart, tailSize);
        int end = -1;
        for (int position = tailSize - END_RECORD_SIZE; position >= 0 && end < 0; position--)
            if (tail.getInt(position) == END_OF_CENTRAL_DIRECTORY
                    && position + END_RECORD_SIZE + (tail.getShort(position + 20) & 0xFFFF) <= tailSize) end = position;
        if (end < 0)
            throw file.error("starts like a zip file but has no zip directory at its end; it is probably truncated; "
                    + "download it again");
        long count = tail.getShort(end + 10) & 0xFFFF,
                size = tail.getInt(end + 12) & 0xFFFFFFFFL,
                start = tail.getInt(end + 16) & 0xFFFFFFFFL;
        if (end >= 20 && tail.getInt(end - 20) == ZIP64_LOCATOR) {
            long end64 = tail.getLong(end - 20 + 8);
            if (end64 < 0 || end64 > file.size() - 56) throw corrupt();
            ByteBuffer record = read(end64, 56);
            if (record.getInt(0) != ZIP64_END_OF_CENTRAL_DIRECTORY) throw corrupt();
            count = record.getLong(32);
            size = record.getLong(40);
            start = record.getLong(48);
        }
        if (start < 0
                || size < 0
                || size > MAX_DIRECTORY_BYTES
                || start > file.size() - size
                || count < 0
                || count > size / 46) throw corrupt();
        readDirectory(read(start, (int) size), count);
    }

    private void readDirectory(ByteBuffer directory, long count) {
        for (long n = 0; n < count; n++) {
            if (directory.remaining() < 46 || directory.getInt(directory.position()) != CENTRAL_FILE_HEADER)
                throw corrupt();
            int recordStart = directory.position();
            int flags = directory.getShort(recordStart + 8), method = directory.getShort(recordStart + 10);
            long compressedSize = directory.getInt(recordStart + 20) & 0xFFFFFFFFL,
                    size = directory.getInt(recordStart + 24) & 0xFFFFFFFFL,
                    localHeaderOffset = directory.getInt(recordStart + 42) & 0xFFFFFFFFL;
            int nameLength = directory.getShort(recordStart + 28) & 0xFFFF,
                    extraLength = directory.getShort(recordStart + 30) & 0xFFFF,
                    commentLength = directory.getShort(recordStart + 32) & 0xFFFF;
            if (directory.remaining() < 46 + nameLength + extraLength + commentLength) throw corrupt();
            byte[] name = new byte[nameLength];
            directory.position(recordStart + 46).get(name);
            int extra = recordStart + 46 + nameLength, extraEnd = extra + extraLength;
            while (extra + 4 <= extraEnd) {
                int id = directory.getShort(extra) & 0xFFFF,
                        length = directory.getShort(extra + 2) & 0xFFFF,
                        field = extra + 4,
                        fieldEnd = field + length;
                if (fieldEnd > extraEnd) break;
                if (id == 1) { // ZIP64: only the fields that do not fit into 32 bits
                    if (size == 0xFFFFFFFFL && field + 8 <= fieldEnd) {
                        size = directory.getLong(field);
                        field += 8;
                    }
                    if (compressedSize == 0xFFFFFFFFL && field + 8 <= fieldEnd) {
                        compressedSize = directory.getLong(field);
                        field += 8;
                    }
                    if (localHeaderOffset == 0xFFFFFFFFL && field + 8 <= fieldEnd)
                        localHeaderOffset = directory.getLong(field);
                }
                extra = fieldEnd;
            }
            directory.position(extraEnd + commentLength);
            entries.put(
                    new String(name, StandardCharsets.UTF_8),
                    new CentralDirectoryEntry(localHeaderOffset, size, compressedSize, method, flags));
        }
    }

    Set<String> names() {
        return entries.keySet();
    }

    boolean contains(String name) {
        return entries.containsKey(name);
    }

    /** Location of the content of {@code name}. */
    ByteRange locate(String name) throws IOException {
        CentralDirectoryEntry entry = entries.get(name);
        String displayName = TensorFile.sanitize(name);
        if (entry == null) throw file.error("has no entry '%s', which a tensor refers to", displayName);
        if ((entry.flags & 1) != 0)
            throw file.error("entry '%s' is encrypted; torch.save does not encrypt", displayName);
        if (entry.method != 0 || entry.compressedSize != entry.size)
            throw file.error(
                    "entry '%s' is compressed, which torch.save does not do; save the file again with torch.save",
                    displayName);
        if (entry.localHeaderOffset < 0 || entry.localHeaderOffset > file.size() - 30) throw corrupt();
        ByteBuffer local = read(entry.localHeaderOffset, 30);
        if (local.getInt(0) != LOCAL_FILE_HEADER) throw corrupt();
        long offset = entry.localHeaderOffset + 30 + (local.getShort(26) & 0xFFFF) + (local.getShort(28) & 0xFFFF);
        if (entry.size < 0 || offset > file.size() || entry.size > file.size() - offset)
            throw file.error(
                    "entry '%s' has %d bytes from byte %d on, but the file has only %d; it is probably truncated; "
                            + "download it again",
                    displayName, entry.size, offset, file.size());
        return new ByteRange(offset, entry.size);
    }

    private ByteBuffer read(long position, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        file.readFully(position, bytes);
        return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private RuntimeException corrupt() {
        return file.error("has a damaged zip directory; download it again");
    }
}
