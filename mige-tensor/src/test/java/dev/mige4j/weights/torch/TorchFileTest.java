package dev.mige4j.weights.torch;

import static dev.mige4j.weights.WeightFiles.assertWeightsException;
import static dev.mige4j.weights.WeightFiles.readAll;
import static dev.mige4j.weights.WeightFiles.readDoubles;
import static dev.mige4j.weights.WeightFiles.torchFixture;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.format.TensorFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.zip.Zip64Mode;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The fixtures were written by {@code make_fixtures.py} in the same folder. */
class TorchFileTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"zip.pth", "legacy.pth", "bare.pth"})
    void readsEveryDtypeAndLayout(String name) {
        try (TensorFile file = Checkpoint.openFile(torchFixture(name))) {
            assertEquals(15, file.tensorInfos().size());
            double[] base = new double[24];
            for (int i = 0; i < 24; i++) base[i] = i * 0.37f - 3.1f;
            assertArrayEquals(base, readDoubles(file, "f32"), 1e-6);
            assertArrayEquals(new long[] {2, 3, 4}, file.tensorInfo("f32").shape());
            assertArrayEquals(base, readDoubles(file, "bf16"), 0.02);
            assertArrayEquals(
                    new double[] {0, -0.0, 1.5, 65504, 0x1p-24, -6.103515625e-5, 0.333, Double.POSITIVE_INFINITY},
                    readDoubles(file, "f16"),
                    1e-4);
            assertEquals(0x1p-24, readDoubles(file, "f16")[4]);
            assertArrayEquals(new double[] {1, -2, 1L << 40}, readDoubles(file, "i64"));
            assertArrayEquals(new double[] {1, -2, 3, 1 << 30}, readDoubles(file, "i32"));
            assertArrayEquals(new double[] {0, 255, 7}, readDoubles(file, "u8"));
            assertArrayEquals(new double[] {1, 0, 1}, readDoubles(file, "bool"));
            assertArrayEquals(new double[] {2.5}, readDoubles(file, "scalar"));
            assertArrayEquals(new long[0], file.tensorInfo("scalar").shape());
            assertArrayEquals(new long[] {0, 3}, file.tensorInfo("empty").shape());
            double[] transposed = readDoubles(file, "transposed");
            for (int r = 0; r < 6; r++)
                for (int c = 0; c < 4; c++) assertEquals(base[c * 6 + r], transposed[r * 4 + c], 1e-6);
            assertArrayEquals(new double[] {1, 3, 5, 7, 9, 11}, readDoubles(file, "every_second"));
            assertArrayEquals(new double[] {0, 1, 2, 3, 4, 5}, readDoubles(file, "first_half"));
            assertArrayEquals(new double[] {6, 7, 8, 9, 10, 11}, readDoubles(file, "second_half"));
            assertArrayEquals(new long[] {5}, file.tensorInfo("parameter").shape());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip.pth", "legacy.pth"})
    void listsSkippedEntriesAndMetadata(String name) {
        try (TensorFile file = Checkpoint.openFile(torchFixture(name))) {
            assertTrue(
                    file.skipped().get("optimizer").startsWith("optimizer state"),
                    file.skipped().toString());
            assertTrue(file.skipped().containsKey("scheduler"));
            assertTrue(file.skipped().get("state_dict_ema").startsWith("EMA weights"));
            assertEquals("7", file.metadata().get("epoch"));
            assertEquals("made here", file.metadata().get("note"));
        }
    }

    @Test
    void readsEmaWeightsOnRequest() {
        try (TensorFile file = TorchFile.open(torchFixture("zip.pth"), SectionSelector.named("state_dict_ema"))) {
            assertEquals(-2.1, readDoubles(file, "f32")[0], 1e-6);
            assertEquals(1, file.tensorInfos().size());
        }
        var e = assertThrows(
                UsageException.class,
                () -> TorchFile.open(torchFixture("bare.pth"), SectionSelector.named("state_dict_ema")));
        assertEquals("bare.pth: has no section 'state_dict_ema'; it has the top level.", e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"protocol4.pth", "protocol5_legacy.pth"})
    void readsPickleProtocols4And5(String name) {
        try (TensorFile file = Checkpoint.openFile(torchFixture(name))) {
            assertArrayEquals(new double[] {1, 1, 1, 1}, readDoubles(file, "a"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.pth", "evil_legacy.pth"})
    void refusesToExecuteCode(String name) {
        var e = assertThrows(WeightsException.class, () -> Checkpoint.openFile(torchFixture(name)));
        assertTrue(
                e.getMessage().startsWith(name + ": the pickle refers to 'posix.system', which is not allowed"),
                e.getMessage());
        assertFalse(Files.exists(Path.of("/tmp/mige-pickle-was-run")));
    }

    @Test
    void reportsFilesThatHoldNoTensors() {
        assertWeightsException(
                "plain.pkl: is a pickle that was not written by torch.save",
                () -> Checkpoint.openFile(torchFixture("plain.pkl")));
        assertWeightsException(
                "only_a_tensor.pth: has no dictionary at the top level",
                () -> Checkpoint.openFile(torchFixture("only_a_tensor.pth")));
        assertWeightsException(
                "no_tensors.pth: has no tensors under 'state_dict' or at the top level; "
                        + "its entries are 'epoch', 'name'",
                () -> Checkpoint.openFile(torchFixture("no_tensors.pth")));
        assertWeightsException("there is no such file", () -> Checkpoint.openFile(folder.resolve("absent.pth")));
        assertWeightsException("is a folder", () -> Checkpoint.openFile(folder));
    }

    @Test
    void listsTensorsOfTypesThatCannotBeRead() {
        try (TensorFile file = Checkpoint.openFile(torchFixture("complex.pth"))) {
            assertEquals(
                    "complex64 of shape [2], a type that cannot be read",
                    file.skipped().get("odd"));
            assertWeightsException(
                    "complex.pth: tensor 'odd' is not read: complex64 of shape [2]", () -> file.tensor("odd"));
        }
    }

    @Test
    void suggestsTheClosestTensorName() {
        try (TensorFile file = Checkpoint.openFile(torchFixture("zip.pth"))) {
            var e = assertThrows(WeightsException.class, () -> file.tensorInfo("first_haft"));
            assertEquals("zip.pth: no tensor 'first_haft'; the nearest name is 'first_half'.", e.getMessage());
        }
    }

    /** Every truncated file gives a WeightsException that names the file. */
    @ParameterizedTest
    @ValueSource(strings = {"zip.pth", "legacy.pth"})
    void rejectsEveryTruncation(String name) throws IOException {
        byte[] content = Files.readAllBytes(torchFixture(name));
        Path truncated = folder.resolve("cut.pth");
        for (int length = 0; length < content.length; length += 7) {
            Files.write(truncated, Arrays.copyOf(content, length));
            var e = assertThrows(WeightsException.class, () -> readAll(truncated), "length " + length);
            assertTrue(e.getMessage().startsWith("cut.pth: "), e.getMessage());
        }
    }

    /** A corrupt byte gives other values or a WeightsException, never a crash, a hang or an OutOfMemoryError. */
    @ParameterizedTest
    @ValueSource(strings = {"zip.pth", "legacy.pth"})
    void survivesCorruptBytes(String name) throws IOException {
        byte[] content = Files.readAllBytes(torchFixture(name));
        Path damaged = folder.resolve("damaged.pth");
        Random random = new Random(1);
        Assertions.assertTimeout(Duration.ofSeconds(60), () -> {
            for (int position = 0; position < content.length; position += 23) {
                byte[] changed = content.clone();
                changed[position] = (byte) random.nextInt();
                Files.write(damaged, changed);
                try {
                    readAll(damaged);
                } catch (WeightsException expected) {
                    assertTrue(expected.getMessage().startsWith("damaged.pth: "), expected.getMessage());
                }
            }
        });
    }

    @Test
    void limitsTheMemoryOfAPickle() throws IOException {
        Path bomb = folder.resolve("bomb.pth");
        var nestedLists = new ByteArrayOutputStream();
        nestedLists.writeBytes(legacyHeader());
        nestedLists.writeBytes(new byte[] {(byte) 0x80, 2});
        for (int i = 0; i < 3_000_000; i++) nestedLists.write(']');
        Files.write(bomb, nestedLists.toByteArray());
        assertWeightsException("bomb.pth: describes more than 2000000 objects", () -> Checkpoint.openFile(bomb));

        var hugeString = new ByteArrayOutputStream();
        hugeString.writeBytes(legacyHeader());
        hugeString.writeBytes(new byte[] {(byte) 0x80, 2, 'X', (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x7F});
        Files.write(bomb, hugeString.toByteArray());
        assertWeightsException("has a string of 2147483647 bytes", () -> Checkpoint.openFile(bomb));

        var recursive =
                new ByteArrayOutputStream(); // a list that contains itself, as the value of an entry and as a key
        recursive.writeBytes(legacyHeader());
        recursive.writeBytes(
                new byte[] {(byte) 0x80, 2, '}', ']', 'q', 0, 'h', 0, 'a', 'h', 0, 's', '.', (byte) 0x80, 2, ']', '.'});
        Files.write(bomb, recursive.toByteArray());
        assertWeightsException("bomb.pth: has no tensors under 'state_dict'", () -> Checkpoint.openFile(bomb));
    }

    @Test
    void rejectsTensorsOutsideTheirStorage() throws IOException {
        Path file = folder.resolve("beyond.pth");
        for (String shape : new String[] {"K\u0005", "J\u00ff\u00ff\u00ff\u007f", "J\u00ff\u00ff\u00ff\u00ff"}) {
            Files.write(file, TorchFiles.archive(tensorPickle("K\u0000", shape, "K\u0001"), 16));
            assertWeightsException("beyond.pth: tensor 'w' has the shape", () -> Checkpoint.openFile(file));
        }
        Files.write(file, TorchFiles.archive(tensorPickle("K\u0002", "K\u0003", "K\u0001"), 16));
        assertWeightsException(
                "beyond.pth: tensor 'w' exceeds its storage of 4 elements", () -> Checkpoint.openFile(file));
        Files.write(file, TorchFiles.archive(tensorPickle("K\u0000", "K\u0003", "K\u0002"), 16));
        assertWeightsException(
                "beyond.pth: tensor 'w' exceeds its storage of 4 elements", () -> Checkpoint.openFile(file));
        Files.write(file, TorchFiles.archive(tensorPickle("K\u0000", "K\u0002", "K\u0003"), 16));
        try (TensorFile valid = Checkpoint.openFile(file)) {
            assertEquals(2, valid.tensorInfo("w").numel());
        }
    }

    @Test
    void rejectsCompressedArchives() throws IOException {
        Path file = folder.resolve("packed.pth");
        var bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("a/data.pkl"));
            zip.write(new byte[1000]);
        }
        Files.write(file, bytes.toByteArray());
        assertWeightsException("packed.pth: entry 'a/data.pkl' is compressed", () -> Checkpoint.openFile(file));
    }

    @Test
    void readsZip64Archives() throws IOException {
        Path file = folder.resolve("zip64.pth");
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(file)) {
            zip.setUseZip64(Zip64Mode.Always);
            addStored64(zip, "a/data.pkl", tensorPickle("K\u0000", "K\u0004", "K\u0001"));
            addStored64(zip, "a/data/0", new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0x80, 0x3F});
        }
        try (TensorFile zip64 = Checkpoint.openFile(file)) {
            assertArrayEquals(new double[] {0, 0, 0, 1}, readDoubles(zip64, "w"));
        }
    }

    @Test
    void checksTheCrcOfStoragesThatAreReadWhole() throws IOException {
        Path file = folder.resolve("crc.pth");
        byte[] bytes = TorchFiles.archive(tensorPickle("K\u0000", "K\u0004", "K\u0001"), 16);
        int crc = centralHeaderPosition(bytes, 1) + 16;
        bytes[crc]++;
        Files.write(file, bytes);
        assertWeightsException(
                "crc.pth: tensor 'w' does not have the CRC-32 that the file states", () -> readAll(file));
        Arrays.fill(bytes, crc, crc + 4, (byte) 0); // torch.save wrote none
        Files.write(file, bytes);
        readAll(file);
        bytes = TorchFiles.archive(tensorPickle("K\u0000", "K\u0002", "K\u0001"), 16);
        bytes[centralHeaderPosition(bytes, 1) + 16]++;
        Files.write(file, bytes);
        readAll(file); // a part of a storage
    }

    @Test
    void rejectsLargeZipDirectories() throws IOException {
        Path file = folder.resolve("huge.pth");
        byte[] entry = centralHeader(TorchFiles.archive(new byte[] {'.'}, 16), 1);
        int count = (17 << 20) / entry.length, start = 64;
        ByteBuffer bytes =
                ByteBuffer.allocate(start + count * entry.length + 22).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(0x04034b50).position(start);
        for (int n = 0; n < count; n++) {
            bytes.put(entry);
            bytes.putInt(bytes.position() - 4, n); // the last 4 characters of the name
        }
        bytes.putInt(0x06054b50).putLong(0).putInt(count * entry.length).putInt(start);
        Files.write(file, bytes.array());
        assertWeightsException(
                "huge.pth: has no readable zip directory at its end (it is larger than 16 MiB)",
                () -> Checkpoint.openFile(file));
    }

    @Test
    void rejectsEntriesThatOverlap() throws IOException {
        Path file = folder.resolve("overlap.pth");
        byte[] bytes = TorchFiles.archive(tensorPickle("K\u0000", "K\u0004", "K\u0001"), 16);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int first = centralHeaderPosition(bytes, 0), second = centralHeaderPosition(bytes, 1);
        int pickleBytes = buffer.getInt(first + 24);
        for (int field : new int[] {20, 24}) buffer.putInt(first + field, pickleBytes + 45);
        Files.write(file, bytes);
        assertWeightsException(
                "overlap.pth: entry 'a/data.pkl' overlaps another entry", () -> Checkpoint.openFile(file));

        for (int field : new int[] {20, 24}) {
            buffer.putInt(first + field, pickleBytes);
            buffer.putInt(second + field, 17); // its last byte is the first one of the directory
        }
        Files.write(file, bytes);
        assertWeightsException("overlap.pth: entry 'a/data/0' overlaps another entry", () -> Checkpoint.openFile(file));
    }

    @Test
    void rejectsEntriesThatAreNotWhereTheZipDirectoryRefersTo() throws IOException {
        Path file = folder.resolve("moved.pth");
        byte[] bytes = TorchFiles.archive(tensorPickle("K\u0000", "K\u0004", "K\u0001"), 16);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(centralHeaderPosition(bytes, 1) + 42, 0);
        Files.write(file, bytes);
        assertWeightsException(
                "moved.pth: has no entry 'a/data/0' where the zip directory refers to it",
                () -> Checkpoint.openFile(file));
    }

    @Test
    void rejectsEncryptedArchives() throws IOException {
        Path file = folder.resolve("encrypted.pth");
        byte[] bytes = TorchFiles.archive(tensorPickle("K\u0000", "K\u0004", "K\u0001"), 16);
        bytes[centralHeaderPosition(bytes, 0) + 8] |= 1;
        Files.write(file, bytes);
        assertWeightsException("encrypted.pth: entry 'a/data.pkl' is encrypted", () -> Checkpoint.openFile(file));
    }

    private static byte[] legacyHeader() throws IOException {
        byte[] legacy = Files.readAllBytes(torchFixture("legacy.pth"));
        int pickleEnds = 0, position = 0; // the three header pickles contain no other '.'
        while (pickleEnds < 3) if (legacy[position++] == '.') pickleEnds++;
        return Arrays.copyOf(legacy, position);
    }

    /** {@code {"w": _rebuild_tensor_v2(storage of 4 floats, offset, (size,), (stride,), False, None)}} */
    private static byte[] tensorPickle(String offset, String size, String stride) {
        String storage = "(X\u0007\u0000\u0000\u0000storagectorch\nFloatStorage\n"
                + "X\u0001\u0000\u0000\u00000X\u0003\u0000\u0000\u0000cpuK\u0004tQ";
        return ("\u0080\u0002}X\u0001\u0000\u0000\u0000wctorch._utils\n_rebuild_tensor_v2\n(" + storage + offset + size
                        + "\u0085" + stride + "\u0085\u0089NtRs.")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void addStored64(ZipArchiveOutputStream zip, String name, byte[] content) throws IOException {
        ZipArchiveEntry entry = new ZipArchiveEntry(name);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putArchiveEntry(entry);
        zip.write(content);
        zip.closeArchiveEntry();
    }

    /** Position of the central directory header with this index, in a zip file without a comment. */
    private static int centralHeaderPosition(byte[] zip, int index) {
        ByteBuffer bytes = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
        int position = bytes.getInt(zip.length - 6);
        for (int n = 0; n < index; n++) position += 46 + bytes.getShort(position + 28) + bytes.getShort(position + 30);
        return position;
    }

    private static byte[] centralHeader(byte[] zip, int index) {
        int position = centralHeaderPosition(zip, index);
        return Arrays.copyOfRange(zip, position, position + 46 + zip[position + 28]);
    }
}
