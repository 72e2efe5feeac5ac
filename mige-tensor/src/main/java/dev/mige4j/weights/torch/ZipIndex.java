package dev.mige4j.weights.torch;

import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * Locates the uncompressed files of a zip archive, so that they can be memory-mapped. Also reads ZIP64; rejects
 * compressed, encrypted and overlapping entries, and directories that are too large for a checkpoint.
 *
 * <pre>
 *   header (30 bytes)   name   extra field (padding)   content   ...   next header
 *   ^ headerOffset             ^ contentOffset                         ^ limit
 * </pre>
 *
 * <p>Opening reads the directory at the end of the archive. The length of the extra field stands in the header before
 * each content only and is read on demand, since each of these reads is a request if the archive is on a server.
 */
final class ZipIndex {

    /**
     * An uncompressed file of the archive.
     *
     * @param contentOffset position of the content if its header had no extra field
     * @param crc32 CRC-32 of the content, 0 if the writer computed none
     */
    record Entry(String name, long headerOffset, long contentOffset, long size, long limit, long crc32) {}

    private static final int LOCAL_FILE_HEADER = 0x04034b50, LOCAL_FILE_HEADER_SIZE = 30;
    private static final int DIRECTORY_HEADER_SIZE = 46, END_OF_DIRECTORY_SIZE = 22;

    private final TensorFile file;
    private final Map<String, ZipArchiveEntry> directory = new LinkedHashMap<>();
    private final TreeSet<Long> headerOffsets = new TreeSet<>();
    private final Map<String, Integer> extraLengths = new ConcurrentHashMap<>();

    ZipIndex(TensorFile file) {
        this.file = file;
        // Reads the central directory alone. The Unicode extra fields, which torch.save does not write, would need
        // a hash table in which a hostile file can make all keys collide.
        try (ZipFile zip = ZipFile.builder()
                .setSeekableByteChannel(new ZipDirectoryChannel(file))
                .setIgnoreLocalFileHeader(true)
                .setUseUnicodeExtraFields(false)
                .get()) {
            long directoryBytes = END_OF_DIRECTORY_SIZE;
            for (var entries = zip.getEntries(); entries.hasMoreElements(); ) {
                ZipArchiveEntry entry = entries.nextElement();
                directory.putIfAbsent(entry.getName(), entry);
                headerOffsets.add(entry.getLocalHeaderOffset());
                directoryBytes += DIRECTORY_HEADER_SIZE + entry.getRawName().length;
            }
            headerOffsets.add(file.size() - directoryBytes);
        } catch (IOException e) {
            throw file.error(
                    "has no readable zip directory at its end (%s); it is probably truncated; download it again",
                    reason(e.getCause() == null ? e : e.getCause()));
        }
    }

    /** Names of the entries, in the order of the central directory. */
    List<String> names() {
        return List.copyOf(directory.keySet());
    }

    boolean contains(String name) {
        return directory.containsKey(name);
    }

    /** The entry of this name. */
    Entry entry(String name) {
        String displayName = TensorFile.sanitize(name);
        ZipArchiveEntry entry = directory.get(name);
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
        long headerOffset = entry.getLocalHeaderOffset(),
                contentOffset = headerOffset + LOCAL_FILE_HEADER_SIZE + entry.getRawName().length;
        Long limit = headerOffset < 0 ? null : headerOffsets.higher(headerOffset);
        if (limit == null || contentOffset + entry.getSize() > limit) throw overlaps(name);
        return new Entry(name, headerOffset, contentOffset, entry.getSize(), limit, entry.getCrc());
    }

    /**
     * Position of the content of an entry; reads its header at the first call. Checks there the signature and the name,
     * which {@link ZipFile} does not read.
     */
    long position(Entry entry) throws IOException {
        Integer extraLength = extraLengths.get(entry.name);
        if (extraLength == null) {
            extraLength = readExtraLength(entry);
            extraLengths.put(entry.name, extraLength);
        }
        return entry.contentOffset + extraLength;
    }

    private int readExtraLength(Entry entry) throws IOException {
        byte[] name = directory.get(entry.name).getRawName();
        ByteBuffer header =
                ByteBuffer.allocate(LOCAL_FILE_HEADER_SIZE + name.length).order(ByteOrder.LITTLE_ENDIAN);
        file.readFully(entry.headerOffset, header);
        if (header.getInt(0) != LOCAL_FILE_HEADER
                || (header.getShort(26) & 0xFFFF) != name.length
                || !Arrays.equals(header.array(), LOCAL_FILE_HEADER_SIZE, header.capacity(), name, 0, name.length))
            throw file.error(
                    "has no entry '%s' where the zip directory refers to it; it is damaged; download it again",
                    TensorFile.sanitize(entry.name));
        int extraLength = header.getShort(28) & 0xFFFF;
        if (entry.contentOffset + extraLength + entry.size > entry.limit) throw overlaps(entry.name);
        return extraLength;
    }

    private RuntimeException overlaps(String name) {
        return file.error(
                "entry '%s' overlaps another entry or the zip directory, which torch.save does not write; "
                        + "download it again",
                TensorFile.sanitize(name));
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        if (message == null) return "it ends unexpectedly";
        return TensorFile.sanitize(message.endsWith(".") ? message.substring(0, message.length() - 1) : message);
    }
}
