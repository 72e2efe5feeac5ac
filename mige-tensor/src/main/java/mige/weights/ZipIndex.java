package mige.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Where the stored files of a zip archive lie, so that they can be mapped instead of unpacked. Reads the central directory, also in
 * its 64-bit form; refuses compressed, encrypted and split archives. Source: PKWARE's APPNOTE, sections 4.3 and 4.5.3.
 */
final class ZipIndex {

    /** A run of bytes of the archive. */
    record Place(long offset, long size) { }

    private record Listed(long header, long size, long packed, int method, int flags) { }

    private static final int END = 0x06054b50, END64 = 0x06064b50, LOCATOR64 = 0x07064b50, CENTRAL = 0x02014b50, LOCAL = 0x04034b50;
    private static final int END_SIZE = 22, LONGEST_COMMENT = 65535, LARGEST_DIRECTORY = 64 << 20;

    private final TensorFile file;
    private final Map<String, Listed> listed = new LinkedHashMap<>();

    ZipIndex(TensorFile file) throws IOException {
        this.file = file;
        int tailSize = (int) Math.min(file.size(), END_SIZE + LONGEST_COMMENT + 20);
        long tailStart = file.size() - tailSize;
        ByteBuffer tail = read(tailStart, tailSize);
        int end = -1;
        for (int at = tailSize - END_SIZE; at >= 0 && end < 0; at--)
            if (tail.getInt(at) == END && at + END_SIZE + (tail.getShort(at + 20) & 0xFFFF) <= tailSize) end = at;
        if (end < 0) throw file.bad("starts like a zip file but has no zip directory at its end; it was probably cut off, fetch it again");
        long count = tail.getShort(end + 10) & 0xFFFF, size = tail.getInt(end + 12) & 0xFFFFFFFFL, start = tail.getInt(end + 16) & 0xFFFFFFFFL;
        if (end >= 20 && tail.getInt(end - 20) == LOCATOR64) {
            long end64 = tail.getLong(end - 20 + 8);
            if (end64 < 0 || end64 > file.size() - 56) throw damaged();
            ByteBuffer record = read(end64, 56);
            if (record.getInt(0) != END64) throw damaged();
            count = record.getLong(32);
            size = record.getLong(40);
            start = record.getLong(48);
        }
        if (start < 0 || size < 0 || size > LARGEST_DIRECTORY || start > file.size() - size || count < 0 || count > size / 46) throw damaged();
        readDirectory(read(start, (int) size), count);
    }

    private void readDirectory(ByteBuffer directory, long count) {
        for (long n = 0; n < count; n++) {
            if (directory.remaining() < 46 || directory.getInt(directory.position()) != CENTRAL) throw damaged();
            int at = directory.position();
            int flags = directory.getShort(at + 8), method = directory.getShort(at + 10);
            long packed = directory.getInt(at + 20) & 0xFFFFFFFFL, size = directory.getInt(at + 24) & 0xFFFFFFFFL, header = directory.getInt(at + 42) & 0xFFFFFFFFL;
            int nameLength = directory.getShort(at + 28) & 0xFFFF, extraLength = directory.getShort(at + 30) & 0xFFFF, commentLength = directory.getShort(at + 32) & 0xFFFF;
            if (directory.remaining() < 46 + nameLength + extraLength + commentLength) throw damaged();
            byte[] name = new byte[nameLength];
            directory.position(at + 46).get(name);
            int extra = at + 46 + nameLength, extraEnd = extra + extraLength;
            while (extra + 4 <= extraEnd) {
                int id = directory.getShort(extra) & 0xFFFF, length = directory.getShort(extra + 2) & 0xFFFF, field = extra + 4, fieldEnd = field + length;
                if (fieldEnd > extraEnd) break;
                if (id == 1) {                                                // 64-bit sizes, only those that did not fit
                    if (size == 0xFFFFFFFFL && field + 8 <= fieldEnd) { size = directory.getLong(field); field += 8; }
                    if (packed == 0xFFFFFFFFL && field + 8 <= fieldEnd) { packed = directory.getLong(field); field += 8; }
                    if (header == 0xFFFFFFFFL && field + 8 <= fieldEnd) header = directory.getLong(field);
                }
                extra = fieldEnd;
            }
            directory.position(extraEnd + commentLength);
            listed.put(new String(name, StandardCharsets.UTF_8), new Listed(header, size, packed, method, flags));
        }
    }

    Set<String> names() {
        return listed.keySet();
    }

    boolean has(String name) {
        return listed.containsKey(name);
    }

    /** Where the bytes of {@code name} lie. */
    Place place(String name) throws IOException {
        Listed found = listed.get(name);
        String shown = TensorFile.shown(name);
        if (found == null) throw file.bad("has no part '%s', which a tensor needs", shown);
        if ((found.flags & 1) != 0) throw file.bad("part '%s' is encrypted, which torch.save never does", shown);
        if (found.method != 0 || found.packed != found.size)
            throw file.bad("part '%s' is compressed, which torch.save never does; unpack the file and save it again with torch.save", shown);
        if (found.header < 0 || found.header > file.size() - 30) throw damaged();
        ByteBuffer local = read(found.header, 30);
        if (local.getInt(0) != LOCAL) throw damaged();
        long offset = found.header + 30 + (local.getShort(26) & 0xFFFF) + (local.getShort(28) & 0xFFFF);
        if (found.size < 0 || offset > file.size() || found.size > file.size() - offset)
            throw file.bad("part '%s' claims %d bytes from byte %d on, but the file has only %d; it was probably cut off, fetch it again",
                    shown, found.size, offset, file.size());
        return new Place(offset, found.size);
    }

    private ByteBuffer read(long position, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        file.readFully(position, bytes);
        return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private RuntimeException damaged() {
        return file.bad("has a damaged zip directory; fetch it again");
    }
}
