package dev.mige4j.dataset.shard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.StoredRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardTest {

    @TempDir
    Path folder;

    /** A record whose files hold their own paths, repeated so that records differ in size. */
    private static StoredRecord record(int number) {
        String target = "target/add/%d.JPG".formatted(number), source = "source/add/%d.png".formatted(number);
        DatasetRecord record = new DatasetRecord(
                target,
                10,
                10,
                List.of("entity/add/%d.png".formatted(number), source),
                "Add<imagehere>to<imagehere>",
                Optional.of(source),
                Map.of("mask_coverage", number / 10.0));
        return new StoredRecord(record, path -> path.repeat(1 + number * 50).getBytes(StandardCharsets.UTF_8));
    }

    private List<Path> write(int records, long shardBytes) {
        return ShardWriter.write(
                folder,
                "train",
                shardBytes,
                IntStream.range(0, records).mapToObj(ShardTest::record).iterator());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private static void assertReads(ShardReader reader, int... records) {
        for (int i : records) {
            StoredRecord expected = record(i), actual = reader.get(i);
            assertEquals(expected.record(), actual.record());
            for (String path : expected.record().imagePaths())
                assertArrayEquals(expected.files().apply(path), actual.files().apply(path));
        }
    }

    @Test
    void readsAnyRecordOfAnyShard() throws IOException {
        assertEquals(3, write(9, 30_000).size());
        assertEquals(
                List.of(
                        "train-00000.idx",
                        "train-00000.tar",
                        "train-00001.idx",
                        "train-00001.tar",
                        "train-00002.idx",
                        "train-00002.tar"),
                files());
        ShardReader reader = ShardReader.open(folder);
        assertEquals(9, reader.size());
        assertReads(reader, 8, 0, 4, 7, 1, 2, 3, 5, 6);
    }

    @Test
    void theIndexHasTheFormatOfDali() throws IOException {
        write(1, 1 << 20);
        String json = "{\"image\":\"target/add/0.JPG\"";
        assertEquals(
                "v1.2 1\njson 512 218 train-00000000.json reference0.png 1536 16 train-00000000.reference0.png"
                        + " source.png 2560 16 train-00000000.source.png"
                        + " target.jpg 3584 16 train-00000000.target.jpg\n",
                Files.readString(folder.resolve("train-00000.idx")));
        byte[] tar = Files.readAllBytes(folder.resolve("train-00000.tar"));
        assertEquals(json, new String(tar, 512, json.length(), StandardCharsets.UTF_8));
    }

    @Test
    void theSameRecordsGiveTheSameBytesWithoutTimesAndUsers() throws IOException {
        write(3, 1 << 20);
        byte[] first = Files.readAllBytes(folder.resolve("train-00000.tar"));
        write(3, 1 << 20);
        assertArrayEquals(first, Files.readAllBytes(folder.resolve("train-00000.tar")));
        String text = new String(first, StandardCharsets.ISO_8859_1);
        assertTrue(!text.contains(System.getProperty("user.name") + "\0"), "contains the name of the user");
    }

    @Test
    void readsAShardWithoutItsIndex() throws IOException {
        write(9, 20_000);
        for (String file : files()) if (file.endsWith(".idx")) Files.delete(folder.resolve(file));
        assertReads(ShardReader.open(folder), 8, 0, 4, 7);
    }

    @Test
    void theIndexOfAShardThatWasScannedIsTheOneThatWasWritten() throws IOException {
        write(5, 1 << 20);
        Path shard = folder.resolve("train-00000.tar");
        List<ShardMember> written = ShardIndex.open(shard).members(4);
        Files.delete(folder.resolve("train-00000.idx"));
        assertEquals(written, ShardIndex.open(shard).members(4));
    }

    @Test
    void theFingerprintChangesWithTheRecords() {
        write(2, 1 << 20);
        String two = ShardReader.open(folder).fingerprint();
        assertEquals(two, ShardReader.open(folder).fingerprint());
        write(3, 1 << 20);
        assertNotEquals(two, ShardReader.open(folder).fingerprint());
    }

    @Test
    void removesTheShardsOfALongerRun() throws IOException {
        write(9, 20_000);
        write(2, 20_000);
        assertEquals(List.of("train-00000.idx", "train-00000.tar"), files());
    }

    @Test
    void anImageThatIsSourceAndReferenceIsStoredOnce() throws IOException {
        write(1, 1);
        assertEquals(
                4, ShardIndex.open(folder.resolve("train-00000.tar")).members(0).size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "../x", "a.b", "größe"})
    void refusesANameThatIsNoPlainFileName(String name) {
        assertThrows(
                UsageException.class,
                () -> ShardWriter.write(folder, name, 1, List.of(record(0)).iterator()));
    }

    @Test
    void leavesNoShardBehindWhenAnImageIsMissing() throws IOException {
        StoredRecord broken = new StoredRecord(record(0).record(), path -> {
            throw new UsageException("%s: there is no such file.", path);
        });
        assertThrows(
                UsageException.class,
                () -> ShardWriter.write(
                        folder, "train", 1 << 20, List.of(record(0), broken).iterator()));
        assertEquals(List.of(), files());
    }

    private String error() {
        return assertThrows(UsageException.class, () -> {
                    ShardReader reader = ShardReader.open(folder);
                    StoredRecord stored = reader.get(0);
                    stored.record().imagePaths().forEach(stored.files()::apply);
                })
                .getMessage();
    }

    @Test
    void saysThatThereAreNoShards() {
        assertTrue(error().contains("there are no shards"), error());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "v1.1 1\njson 512 218 a.json\n",
                "v1.2 2\njson 512 218 a.json\n",
                "v1.2 99999999999\njson 512 218 a.json\n",
                "v1.2 500000000\njson 512 218 a.json\n",
                "v1.2 2\njson 512 218 a.json\n\n\n\n\n",
                "v1.2 1\njson 512\n",
                "v1.2 1\njson -512 218 a.json\n",
                "v1.2 1\njson 512 222 ../../a.json\n",
                "v1.2 1\njson 512 9223372036854775807 a.json\n",
                "v1.2 1\njson 9223372036854775807 9 a.json\n",
                "v1.2 1\njson 513 218 a.json\n",
                "v1.2 1\njson 512 219 a.json\n",
                "v1.2 1\njson 1536 218 a.json\n"
            })
    void refusesAnIndexThatIsDamagedOrOfAnotherShard(String index) throws IOException {
        write(1, 1);
        Files.writeString(folder.resolve("train-00000.idx"), index);
        assertTrue(error().contains("train-00000"), error());
    }

    @Test
    void refusesAnIndexThatIsTooLargeToBeOneWithoutReadingIt() throws IOException {
        write(1, 1);
        Path index = folder.resolve("train-00000.idx");
        try (FileChannel channel = FileChannel.open(index, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[1]), 3L << 30); // takes no space on the disk
            assertTrue(error().contains("is damaged or no index"), error());
            channel.truncate(1 << 30);
            assertTrue(error().contains("is damaged or no index"), error());
        }
    }

    @Test
    void refusesACutShard() throws IOException {
        write(1, 1);
        Path shard = folder.resolve("train-00000.tar");
        byte[] bytes = Files.readAllBytes(shard);
        Files.write(shard, Arrays.copyOf(bytes, 2570));
        assertTrue(error().contains("train-00000000.target.jpg is not where the index says"), error());
    }

    private void writeTar(String name, byte type, Consumer<TarArchiveEntry> change) throws IOException {
        try (OutputStream out = Files.newOutputStream(folder.resolve("x.tar"));
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
            change.accept(entry);
            tar.putArchiveEntry(entry);
            tar.write(new byte[(int) entry.getSize()]);
            tar.closeArchiveEntry();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/etc/1.png", "../1.png", "a/../../1.png", "a b.png", "a\n.png", "nodot", ".hidden", "a/.b"})
    void refusesAShardWithNamesThatAreNoFilesOfRecords(String name) throws IOException {
        writeTar(name, TarConstants.LF_NORMAL, entry -> entry.setSize(3));
        assertTrue(error().contains("is no name of a record's file"), error());
    }

    @Test
    void refusesALongNameAndQuotesItsStart() throws IOException {
        writeTar("k".repeat(300) + ".json", TarConstants.LF_NORMAL, entry -> entry.setSize(3));
        assertTrue(error().contains("'" + "k".repeat(255) + "' is no name"), error());
    }

    @ParameterizedTest
    @ValueSource(bytes = {TarConstants.LF_LINK, TarConstants.LF_SYMLINK, TarConstants.LF_CHR, TarConstants.LF_FIFO})
    void refusesLinksAndDevices(byte type) throws IOException {
        writeTar("1.target.png", type, entry -> entry.setLinkName("/etc/passwd"));
        assertTrue(error().contains("plain files only"), error());
    }

    @Test
    void refusesWhatIsNoTarArchive() throws IOException {
        Files.write(folder.resolve("x.tar"), "not a tar file at all".repeat(100).getBytes(StandardCharsets.UTF_8));
        assertTrue(error().contains("is no tar archive"), error());
    }

    @Test
    void saysThatARecordHasNoJsonFile() throws IOException {
        writeTar("a/17.target.png", TarConstants.LF_NORMAL, entry -> entry.setSize(3));
        assertEquals(folder.resolve("x.tar") + ": the record a/17 has no JSON file.", error());
    }
}
