package dev.mige4j.weights.torch;

import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * Locates the uncompressed files of a zip archive, so that they can be memory-mapped. Also reads ZIP64; rejects
 * compressed, encrypted and overlapping entries, and directories that are too large for a checkpoint.
 */
final class ZipIndex implements AutoCloseable {

    /** A range of bytes of the archive. */
    record ByteRange(long offset, long size) {}

    private static final int LOCAL_FILE_HEADER = 0x04034b50, LOCAL_FILE_HEADER_SIZE = 30;

    private final TensorFile file;
    private final ZipFile zip;
    private final Map<String, ByteRange> located = new HashMap<>();
    private final TreeMap<Long, Long> endsByOffset = new TreeMap<>();

    ZipIndex(TensorFile file) {
        this.file = file;
        try {
            // Reads the central directory alone. The Unicode extra fields, which torch.save does not write, would need
            // a hash table in which a hostile file can make all keys collide.
            zip = ZipFile.builder()
                    .setSeekableByteChannel(new ZipDirectoryChannel(file))
                    .setIgnoreLocalFileHeader(true)
                    .setUseUnicodeExtraFields(false)
                    .get();
        } catch (IOException e) {
            throw file.error(
                    "has no readable zip directory at its end (%s); it is probably truncated; download it again",
                    reason(e.getCause() == null ? e : e.getCause()));
        }
    }

    /** Names of the entries, in the order of the central directory. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) names.add(entry.getName());
        return names;
    }

    boolean contains(String name) {
        return zip.getEntry(name) != null;
    }

    /** Location of the content of {@code name}. */
    ByteRange locate(String name) throws IOException {
        ByteRange known = located.get(name);
        if (known != null) return known;
        String displayName = TensorFile.sanitize(name);
        ZipArchiveEntry entry = zip.getEntry(name);
        if (entry == null) throw file.error("has no entry '%s', which a tensor refers to", displayName);
        if (entry.getGeneralPurposeBit().usesEncryption())
            throw file.error("entry '%s' is encrypted; torch.save does not encrypt", displayName);
        if (entry.getMethod() != ZipArchiveEntry.STORED || entry.getCompressedSize() != entry.getSize())
            throw file.error(
                    "entry '%s' is compressed, which torch.save does not do; save the file again with torch.save",
                    displayName);
        if (entry.getSize() > file.size())
            throw file.error(
                    "entry '%s' has %d bytes, but the file has only %d; it is probably truncated; download it again",
                    displayName, entry.getSize(), file.size());
        checkLocalHeader(entry);
        ByteRange range = new ByteRange(dataOffset(entry), entry.getSize());
        checkOverlap(displayName, range);
        located.put(name, range);
        return range;
    }

    /** Checks the signature and the name in front of the content, which {@link ZipFile} does not read. */
    private void checkLocalHeader(ZipArchiveEntry entry) throws IOException {
        byte[] name = entry.getRawName();
        ByteBuffer header =
                ByteBuffer.allocate(LOCAL_FILE_HEADER_SIZE + name.length).order(ByteOrder.LITTLE_ENDIAN);
        file.readFully(entry.getLocalHeaderOffset(), header);
        if (header.getInt(0) != LOCAL_FILE_HEADER
                || (header.getShort(26) & 0xFFFF) != name.length
                || !Arrays.equals(header.array(), LOCAL_FILE_HEADER_SIZE, header.capacity(), name, 0, name.length))
            throw file.error(
                    "has no entry '%s' where the zip directory refers to it; it is damaged; download it again",
                    TensorFile.sanitize(entry.getName()));
    }

    private long dataOffset(ZipArchiveEntry entry) {
        try (InputStream content = zip.getRawInputStream(entry)) { // opening it computes the offset
            return entry.getDataOffset();
        } catch (IOException e) {
            throw file.error(
                    "has no readable entry '%s' (%s); it is probably truncated; download it again",
                    TensorFile.sanitize(entry.getName()), reason(e));
        }
    }

    private void checkOverlap(String displayName, ByteRange range) {
        if (range.size == 0) return;
        long end = range.offset + range.size;
        Map.Entry<Long, Long> before = endsByOffset.lowerEntry(end);
        if (before != null && before.getValue() > range.offset)
            throw file.error(
                    "entry '%s' overlaps another entry, which torch.save does not write; download it again",
                    displayName);
        endsByOffset.put(range.offset, end);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        if (message == null) return "it ends unexpectedly";
        return TensorFile.sanitize(message.endsWith(".") ? message.substring(0, message.length() - 1) : message);
    }
}
