package dev.mige4j.eval.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.parquet.ParquetFixture;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmuEditRecordTest {

    @TempDir
    Path folder;

    private static Image image(int shade) {
        return Image.filled(4, 3, shade * 0x010101);
    }

    private static Map<String, Object> row(long idx, String task, String before, String after) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("instruction", " Edit " + idx);
        row.put("image", image((int) idx).toPng());
        row.put("task", task);
        row.put("split", "test");
        row.put("idx", idx);
        row.put("hash", "h" + idx);
        row.put("input_caption", before);
        row.put("output_caption", after);
        return row;
    }

    private static Map<String, Object> generation(long idx) {
        Map<String, Object> row = row(idx, "add", "a", "b");
        row.put("edited_image", image((int) idx + 100).toPng());
        row.put("model", "emu-edit");
        return row;
    }

    @SafeVarargs
    private void write(String file, Map<String, Object>... rows) throws IOException {
        Files.createDirectories(folder.resolve("data"));
        ParquetFixture.write(folder.resolve("data").resolve(file), CompressionCodecName.SNAPPY, 2, List.of(rows));
    }

    private String errorMessage() {
        return assertThrows(UsageException.class, () -> EmuEditRecord.load(folder))
                .getMessage();
    }

    @Test
    void readsTheTestSplitOfTheHub() throws IOException {
        write("validation-00000-of-00001-ab.parquet", row(900, "add", "a", "b"));
        write("test-00000-of-00002-ab.parquet", row(5, "text", "a", "b"), row(0, "add", "a", "a"));
        write("test-00001-of-00002-ab.parquet", row(7, "color", "a ", "a"));
        List<EmuEditRecord> records = EmuEditRecord.load(folder);
        assertEquals(
                List.of("5", "0", "7"), records.stream().map(EmuEditRecord::id).toList());
        EmuEditRecord first = records.get(0);
        assertEquals(" Edit 5", first.instruction());
        assertEquals(Optional.of("h5"), first.hash());
        assertEquals(Optional.empty(), first.output());
        List<Image> images =
                records.stream().map(record -> record.source().read()).toList();
        assertEquals(List.of(image(5), image(0), image(7)), images);
    }

    @Test
    void saysWhetherTheCaptionsChange() throws IOException {
        write(
                "test-00000-of-00001.parquet",
                row(0, "text", "a", "b"),
                row(1, "add", "a", "a"),
                row(2, "color", "a ", "a"));
        assertEquals(
                List.of(true, false, true),
                EmuEditRecord.load(folder).stream()
                        .map(EmuEditRecord::captionChanges)
                        .toList());
    }

    @Test
    void readsTheOtherSplitOfTheSetWithOutputsWhereTheSplitsAreSwapped() throws IOException {
        write("test-00000-of-00001.parquet", generation(1));
        write("validation-00000-of-00001.parquet", generation(2), generation(3));
        List<EmuEditRecord> records = EmuEditRecord.load(folder);
        assertEquals(List.of("2", "3"), records.stream().map(EmuEditRecord::id).toList());
        assertEquals(image(103), records.get(1).output().orElseThrow().read());
        assertEquals(Optional.of("emu-edit"), records.get(1).model());
    }

    @Test
    void doesNotTakeTheValidationSplitForTheTestSplit() throws IOException {
        write("validation-00000-of-00001.parquet", row(0, "add", "a", "b"));
        assertTrue(errorMessage()
                .endsWith("has no Parquet files of the split 'test', which is the test split of this" + " data set."));
    }

    @Test
    void readsTheCopyOfMige() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        image(9).write(data.resolve("360.png"));
        String json = """
                [{"instruction": "Edit", "image": "/their/disk/data/360.png", "task": "global", "split": "test",
                  "idx": 360, "hash": "h", "input_caption": "a", "output_caption": "b"}]
                """;
        Files.writeString(folder.resolve("emu_edit.json"), json);
        List<EmuEditRecord> records = EmuEditRecord.load(folder);
        assertEquals(records, EmuEditRecord.load(folder.resolve("emu_edit.json")));
        assertEquals("360", records.get(0).id());
        assertEquals("data/360.png", records.get(0).source().name());
        assertEquals(image(9), records.get(0).source().read());
        assertEquals("global", records.get(0).task());
        Files.writeString(folder.resolve("emu_edit.json"), json.replace("data/360.png", ".."));
        assertTrue(errorMessage().contains("The path 'data/..' in"), errorMessage());
    }

    @Test
    void namesTheRecordThatIsThereTwice() throws IOException {
        write("test-00000-of-00001.parquet", row(5, "add", "a", "b"), row(5, "add", "a", "b"));
        assertTrue(
                errorMessage().endsWith("row 1: column 'idx' is 5, expected another number for each record."),
                errorMessage());
    }

    @Test
    void saysWhatTheFolderShouldHave() {
        assertEquals(
                folder + " has neither emu_edit.json nor Parquet files such as data/test-00000-of-00001.parquet;"
                        + " expected a copy of facebook/emu_edit_test_set.",
                errorMessage());
    }
}
