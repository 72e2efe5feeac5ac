package dev.mige4j.dataset.shard;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.StoredRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes training records to shards and their index files, see the package. Image files are stored as they are; neither
 * times nor users are, so that the same records give the same bytes.
 */
public final class ShardWriter {

    private static final int TAR_BLOCK = 512;

    private final Path folder;
    private final String name;
    private final long shardBytes;
    private int records;

    private ShardWriter(Path folder, String name, long shardBytes) {
        this.folder = folder;
        this.name = name;
        this.shardBytes = shardBytes;
    }

    /**
     * Writes the shards {@code NAME-00000.tar}, {@code NAME-00001.tar} and so on. Those of an earlier run with this
     * name are replaced, or deleted if there are fewer now. A shard appears when it is complete.
     *
     * @param name of letters, digits, {@code -} and {@code _}; starts the names of shards and records
     * @param shardBytes a shard with at least as many bytes is the last one of its records
     * @return the shards in order; none if there are no records
     * @throws UsageException when the name is not valid, an image is missing, or a shard cannot be written
     */
    public static List<Path> write(Path folder, String name, long shardBytes, Iterator<StoredRecord> records) {
        if (!name.matches("[A-Za-z0-9_-]{1,60}"))
            throw new UsageException(
                    "The name of shards is '%s', expected 1 to 60 letters, digits, '-' and '_'.", name);
        if (shardBytes < 1)
            throw new UsageException("The size of shards is %d bytes, expected at least 1.", shardBytes);
        ShardWriter writer = new ShardWriter(folder, name, shardBytes);
        List<Path> shards = new ArrayList<>();
        while (records.hasNext()) shards.add(writer.writeShard(shards.size(), records));
        writer.deleteFrom(shards.size());
        return shards;
    }

    private Path shard(int number) {
        return folder.resolve(String.format(Locale.ROOT, "%s-%05d.tar", name, number));
    }

    private Path writeShard(int number, Iterator<StoredRecord> remaining) {
        Path shard = shard(number);
        List<List<ShardMember>> index = new ArrayList<>();
        deleteIndex(shard); // an interrupted run leaves no shard with the index of another one
        AtomicFile.write(shard, out -> writeTar(out, remaining, index));
        AtomicFile.write(ShardIndex.fileOf(shard), ShardIndex.text(index));
        return shard;
    }

    private void writeTar(OutputStream out, Iterator<StoredRecord> remaining, List<List<ShardMember>> index)
            throws IOException {
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
        for (long offset = 0; offset < shardBytes && remaining.hasNext(); records++) {
            List<ShardMember> members = new ArrayList<>();
            for (Map.Entry<String, byte[]> file : files(remaining.next()).entrySet()) {
                byte[] content = file.getValue();
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(content.length);
                entry.setLastModifiedTime(FileTime.fromMillis(0));
                entry.setUserName("");
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
                members.add(new ShardMember(file.getKey(), offset + TAR_BLOCK, content.length));
                offset += TAR_BLOCK + (content.length + TAR_BLOCK - 1L) / TAR_BLOCK * TAR_BLOCK;
            }
            index.add(members);
        }
        tar.finish();
    }

    /** The files of a record by their names in the shard, in the order of these names. */
    private SortedMap<String, byte[]> files(StoredRecord stored) {
        String key = String.format(Locale.ROOT, "%s-%08d.", name, records);
        DatasetRecord record = stored.record();
        SortedMap<String, byte[]> files = new TreeMap<>();
        files.put(key + "json", Json.write(record.toJson()).getBytes(StandardCharsets.UTF_8));
        for (String path : record.imagePaths())
            files.put(
                    key + ImageRole.of(record, path) + extension(path),
                    stored.files().apply(path));
        return files;
    }

    /** The extension of a file with its dot, in lower case; empty if it has none or an unusual one. */
    private static String extension(String path) {
        String file = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        String extension = file.substring(Math.max(0, file.lastIndexOf('.')));
        return extension.matches("\\.[a-z0-9]{1,8}") ? extension : "";
    }

    private void deleteFrom(int number) {
        for (Path shard = shard(number); Files.exists(shard); shard = shard(++number)) {
            deleteIndex(shard);
            try {
                Files.delete(shard);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void deleteIndex(Path shard) {
        try {
            Files.deleteIfExists(ShardIndex.fileOf(shard));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
