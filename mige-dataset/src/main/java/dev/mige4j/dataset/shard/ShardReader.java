package dev.mige4j.dataset.shard;

import dev.mige4j.common.ByteSize;
import dev.mige4j.common.Json;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.RecordReader;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.image.ImageFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/**
 * Reads the records of all shards of a folder, in the order of the shards' names. Only the files of the record that is
 * asked for are read. A shard without an index file, such as one that another program wrote, is read through once.
 */
public final class ShardReader implements RecordReader {

    private static final int HEADER_BYTES = 512;

    private final List<Path> shards;
    private final List<ShardIndex> indexes;
    private final int[] ends; // number of records up to the end of each shard

    private ShardReader(List<Path> shards) {
        this.shards = shards;
        indexes = shards.stream().map(ShardIndex::open).toList();
        ends = new int[shards.size()];
        int end = 0;
        for (int i = 0; i < ends.length; i++)
            ends[i] = end = Math.addExact(end, indexes.get(i).size());
    }

    /**
     * Opens the shards of a folder.
     *
     * @throws UsageException when there are none, one is damaged, or one holds anything but files of records
     */
    public static ShardReader open(Path folder) {
        List<Path> shards;
        try (Stream<Path> files = Files.list(folder)) {
            shards = files.filter(file -> file.getFileName().toString().endsWith(".tar"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UsageException("%s cannot be read as a folder of shards: %s", folder, e.getMessage(), e);
        }
        ShardReader reader = new ShardReader(shards);
        if (reader.size() == 0)
            throw new UsageException("%s: there are no shards (.tar files) with records here.", folder);
        return reader;
    }

    @Override
    public int size() {
        return ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    @Override
    public String fingerprint() {
        MessageDigest digest = Sha256.newDigest();
        indexes.forEach(index -> index.updateDigest(digest));
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public StoredRecord get(int index) {
        int shard = 0;
        while (ends[shard] <= index) shard++;
        Path file = shards.get(shard);
        List<ShardMember> members = indexes.get(shard).members(index - (shard == 0 ? 0 : ends[shard - 1]));
        ShardMember json = member(file, members, "json"::equals, "JSON file");
        DatasetRecord record;
        try {
            record = DatasetRecord.fromJson(Json.MAPPER.readTree(read(file, json)));
        } catch (IOException | UsageException e) {
            throw new UsageException("%s, %s: %s", file, json.name(), e.getMessage(), e);
        }
        return new StoredRecord(record, path -> {
            String role = ImageRole.of(record, path);
            return read(
                    file,
                    member(
                            file,
                            members,
                            extension -> extension.equals(role) || extension.startsWith(role + "."),
                            role + " image"));
        });
    }

    private static ShardMember member(Path shard, List<ShardMember> members, Predicate<String> extension, String what) {
        return members.stream()
                .filter(member -> extension.test(member.extension()))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "%s: the record %s has no %s.", shard, members.get(0).key(), what));
    }

    private static byte[] read(Path shard, ShardMember member) {
        if (member.size() > ImageFile.MAX_BYTES)
            throw new UsageException(
                    "%s: %s has %s, expected at most %s.",
                    shard, member.name(), ByteSize.format(member.size()), ByteSize.format(ImageFile.MAX_BYTES));
        try (FileChannel channel = FileChannel.open(shard)) {
            if (!isFollowedBy(member.size(), header(channel, member)))
                throw new UsageException(
                        "%s: %s is not where the index says; delete %s if it is not the index of this shard, or get"
                                + " the shard again.",
                        shard, member.name(), ShardIndex.fileOf(shard).getFileName());
            return readBytes(channel, member.offset(), (int) member.size());
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", shard, e.getMessage(), e);
        }
    }

    private static byte[] header(FileChannel channel, ShardMember member) throws IOException {
        return member.offset() < HEADER_BYTES || member.offset() > channel.size() - member.size()
                ? new byte[HEADER_BYTES]
                : readBytes(channel, member.offset() - HEADER_BYTES, HEADER_BYTES);
    }

    private static boolean isFollowedBy(long size, byte[] header) {
        try {
            TarArchiveEntry entry = new TarArchiveEntry(header);
            return entry.isCheckSumOK() && entry.getSize() == size;
        } catch (IllegalArgumentException | UncheckedIOException e) {
            return false; // no header
        }
    }

    private static byte[] readBytes(FileChannel channel, long offset, int size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(size);
        while (bytes.hasRemaining())
            if (channel.read(bytes, offset + bytes.position()) < 0) throw new EOFException("it is shorter than before");
        return bytes.array();
    }
}
