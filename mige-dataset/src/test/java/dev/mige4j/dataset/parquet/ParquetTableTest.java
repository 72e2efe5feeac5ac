package dev.mige4j.dataset.parquet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ParquetTableTest {

    @TempDir
    Path folder;

    private static Map<String, Object> row(int number) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("idx", (long) number);
        row.put("turn", number % 3);
        row.put("text", "row " + number);
        row.put("image", image(number));
        return row;
    }

    private static byte[] image(int number) {
        byte[] bytes = new byte[1000 + number];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private static List<Map<String, Object>> rows(int from, int to) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = from; i < to; i++) rows.add(row(i));
        return rows;
    }

    private Path write(String name, List<Map<String, Object>> rows) {
        Path file = folder.resolve(name);
        ParquetFixture.write(file, CompressionCodecName.SNAPPY, 3, rows);
        return file;
    }

    private String messageOf(Path file) {
        return assertThrows(UsageException.class, () -> readAll(new ParquetTable(List.of(file))))
                .getMessage();
    }

    private static void readAll(ParquetTable table) {
        long[] count = {0};
        table.read(List.of("idx", "turn", "text"), row -> {
            row.integer("idx");
            row.integer("turn");
            row.text("text");
            count[0]++;
        });
        for (long i = 0; i < count[0]; i++) table.image("image", i);
    }

    @ParameterizedTest
    @EnumSource(
            value = CompressionCodecName.class,
            names = {"UNCOMPRESSED", "SNAPPY", "GZIP"})
    void readsTextsNumbersAndImagesOfAllRowGroups(CompressionCodecName codec) {
        Path file = folder.resolve("t.parquet");
        ParquetFixture.write(file, codec, 3, rows(0, 10));
        ParquetTable table = new ParquetTable(List.of(file));
        List<String> read = new ArrayList<>();
        table.read(
                List.of("text", "idx", "turn"),
                row -> read.add(row.text("text") + " " + row.integer("idx") + " " + row.integer("turn")));
        assertEquals(10, read.size());
        assertEquals("row 7 7 1", read.get(7));
        for (int i : new int[] {0, 1, 9, 4, 4}) assertArrayEquals(image(i), table.image("image", i));
    }

    @Test
    void joinsShardsInTheOrderOfTheirNumbers() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        write("data/test-00001-of-00002-ab12.parquet", rows(4, 9));
        write("data/test-00000-of-00002-cd34.parquet", rows(0, 4));
        write("data/validation-00000-of-00001-cd34.parquet", rows(50, 51));
        ParquetTable table = new ParquetTable(ParquetShards.find(folder, "test").orElseThrow());
        List<Long> read = new ArrayList<>();
        table.read(List.of("idx"), row -> read.add(row.integer("idx")));
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L), read);
        assertArrayEquals(image(6), table.image("image", 6));
        assertEquals(ParquetShards.find(folder, "test"), ParquetShards.find(data, "test"));
        assertTrue(ParquetShards.find(folder, "train").isEmpty());
    }

    @Test
    void namesTheShardThatIsMissing() {
        write("test-00002-of-00003.parquet", rows(0, 1));
        write("test-00000-of-00003.parquet", rows(1, 2));
        String message = assertThrows(UsageException.class, () -> ParquetShards.find(folder, "test"))
                .getMessage();
        assertEquals(folder + ": test-00001-of-00003 is missing; download the dataset completely.", message);
    }

    @Test
    void refusesShardsOfTwoVersions() {
        write("test-00000-of-00001-aaaa.parquet", rows(0, 1));
        write("test-00000-of-00001-bbbb.parquet", rows(0, 1));
        String message = assertThrows(UsageException.class, () -> ParquetShards.find(folder, "test"))
                .getMessage();
        assertTrue(message.contains("bbbb.parquet does not belong to the other files"), message);
    }

    @Test
    void treatsMissingColumnsAndNullFieldsAlike() {
        Map<String, Object> row = row(0), empty = new HashMap<>();
        row.put("caption", "text");
        ParquetTable table = new ParquetTable(List.of(write("t.parquet", List.of(row, empty))));
        List<Optional<String>> read = new ArrayList<>();
        table.read(List.of("caption", "other"), r -> {
            read.add(r.optionalText("caption"));
            read.add(r.optionalText("other"));
        });
        assertEquals(List.of(Optional.of("text"), Optional.empty(), Optional.empty(), Optional.empty()), read);
        assertTrue(table.hasColumn("caption"));
        assertFalse(table.hasColumn("other"));
    }

    @Test
    void namesFileRowAndColumnOfAFieldThatIsEmptyOrOfAnotherType() {
        Path file = write("t.parquet", List.of(row(0), new HashMap<>()));
        ParquetTable table = new ParquetTable(List.of(file));
        String text = assertThrows(UsageException.class, () -> table.read(List.of("text"), row -> row.text("text")))
                .getMessage();
        assertEquals(file + ": row 1: column 'text' is empty, expected a text.", text);
        String number = assertThrows(
                        UsageException.class, () -> table.read(List.of("text"), row -> row.integer("text")))
                .getMessage();
        assertEquals(file + ": row 0: column 'text' has another type, expected a whole number.", number);
        String image = assertThrows(UsageException.class, () -> table.image("image", 1))
                .getMessage();
        assertEquals(file + ": row 1: column 'image' is empty, expected an image.", image);
    }

    @Test
    void saysWhatAnotherFileIs() throws IOException {
        Path file = folder.resolve("t.parquet");
        Files.writeString(file, "<html><title>Not found</title></html>");
        assertEquals(
                file + ": is an HTML page (\"Not found\"), expected a Parquet file; download the file again.",
                messageOf(file));
        assertTrue(messageOf(folder.resolve("none.parquet")).endsWith("there is no such file."));
    }

    @Test
    void refusesCompressionsOfNativeLibraries() {
        Path file = folder.resolve("t.parquet");
        ParquetFixture.write(file, CompressionCodecName.BROTLI, 3, rows(0, 1));
        assertTrue(messageOf(file).contains("is compressed with BROTLI, expected SNAPPY, GZIP or no compression"));
    }

    @Test
    void answersEveryDamageWithASentence() throws IOException {
        byte[] whole = Files.readAllBytes(write("t.parquet", rows(0, 7)));
        Path file = folder.resolve("damaged.parquet");
        Random random = new Random(5);
        int refused = 0;
        for (int i = 0; i < 120; i++) {
            byte[] damaged = i % 10 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            // half of the damage is in the footer, where sizes, counts and offsets are
            int from = i % 2 == 0 ? Math.max(0, damaged.length - 900) : 0;
            for (int j = 0; j < 3 && damaged.length > 0; j++) {
                int at = from + random.nextInt(damaged.length - from);
                damaged[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt(256));
            }
            Files.write(file, damaged);
            try {
                readAll(new ParquetTable(List.of(file)));
            } catch (UsageException e) {
                refused++;
                assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
                assertFalse(e.getMessage().contains("\n"), e.getMessage());
            }
        }
        assertTrue(refused > 30, "refused " + refused);
    }

    @Test
    void readsFilesOfPyArrow() {
        Path file = Path.of("../../shared/eval/bench_samples/emu_edit/emu_edit_test_set/data");
        assumeTrue(Files.isDirectory(file));
        ParquetTable table = new ParquetTable(ParquetShards.find(file, "test").orElseThrow());
        assertEquals((byte) 'P', table.image("image", 0)[1]);
        assertTrue(new String(table.image("image", 1), StandardCharsets.ISO_8859_1).contains("JFIF"));
    }
}
