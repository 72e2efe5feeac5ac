package dev.mige4j.dataset.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.DatasetTask;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.dataset.parquet.ParquetFixture;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetLayoutTest {

    private static final byte[] RED = Image.filled(6, 4, 0xff0000).toPng(),
            GREEN = Image.filled(6, 4, 0x00ff00).toPng(),
            BLUE = Image.filled(6, 4, 0x0000ff).toPng();

    @TempDir
    Path folder;

    private void write(String path, byte[] content) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    private void write(String path, String content) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    @SafeVarargs
    private void writeTable(Map<String, Object>... rows) throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        ParquetFixture.write(
                data.resolve("train-00000-of-00001.parquet"), CompressionCodecName.SNAPPY, 2, List.of(rows));
    }

    private DatasetImport open(DatasetLayout layout) {
        return new DatasetImport(layout.items(folder, "train"), (label, done, total) -> true);
    }

    private List<StoredRecord> read(DatasetLayout layout) {
        List<StoredRecord> records = new ArrayList<>();
        open(layout).forEachRemaining(records::add);
        return records;
    }

    private static void assertEdit(StoredRecord stored, byte[] source, String instruction, byte[] target) {
        assertEquals(DatasetTask.EDIT, stored.record().task());
        assertEquals(instruction, stored.record().instruction());
        String sourcePath = stored.record().sourcePath().orElseThrow();
        assertEquals(List.of(sourcePath), stored.record().referencePaths());
        assertArrayEquals(source, stored.files().apply(sourcePath));
        assertArrayEquals(target, stored.files().apply(stored.record().targetPath()));
    }

    @Test
    void readsPairsWithTheirOwnInstructionOrThatOfAll() throws IOException {
        write("a-source.png", RED);
        write("a-target.jpg", GREEN);
        write("a.txt", "add snow to the image\n");
        write("b-source.PNG", GREEN);
        write("b-target.png", BLUE);
        write("instruction.txt", "make it blue\n\n");
        write("c-source.png", RED);
        write("notes.txt", "no pair");
        DatasetImport records = open(DatasetLayout.PAIRS);
        assertEdit(records.next(), RED, "add snow to  <imagehere> ", GREEN);
        assertEdit(records.next(), GREEN, "make it blue in<imagehere>", BLUE);
        assertFalse(records.hasNext());
        assertEquals(List.of("c-source.png has no target; add c-target.png."), records.faults());
        Files.delete(folder.resolve("instruction.txt"));
        records = open(DatasetLayout.PAIRS);
        records.next();
        assertFalse(records.hasNext());
        assertEquals(
                "b has no instruction; write it into b.txt, or into instruction.txt for all pairs.",
                records.faults().get(0));
    }

    @Test
    void readsInstructPix2PixFromFolders() throws IOException {
        write("shard-00/0001/prompt.json", "{\"input\": \"a hill\", \"edit\": \"add snow to the image\"}");
        write("shard-00/0001/7_0.jpg", RED);
        write("shard-00/0001/7_1.jpg", GREEN);
        write("shard-00/0001/9_0.jpg", GREEN);
        write("shard-00/0001/9_1.jpg", BLUE);
        List<StoredRecord> records = read(DatasetLayout.INSTRUCTPIX2PIX);
        assertEquals(2, records.size());
        assertEdit(records.get(0), RED, "add snow to  <imagehere> ", GREEN);
        assertEdit(records.get(1), GREEN, "add snow to  <imagehere> ", BLUE);
        assertEquals(
                "target/instructpix2pix/instructpix2pix-00000000.png",
                records.get(0).record().targetPath());
        assertEquals(6, records.get(0).record().width());
    }

    @ParameterizedTest
    @CsvSource({"original_image", "input_image"})
    void readsInstructPix2PixFromParquet(String sourceColumn) throws IOException {
        writeTable(Map.of("edit_prompt", "make it night.", sourceColumn, RED, "edited_image", GREEN));
        assertEdit(read(DatasetLayout.INSTRUCTPIX2PIX).get(0), RED, "make it night in<imagehere>", GREEN);
    }

    @Test
    void readsEachTurnOfMagicBrush() throws IOException {
        writeTable(
                Map.of(
                        "img_id",
                        "12",
                        "turn_index",
                        1,
                        "source_img",
                        RED,
                        "mask_img",
                        RED,
                        "target_img",
                        GREEN,
                        "instruction",
                        "add a hat"),
                Map.of(
                        "img_id",
                        "12",
                        "turn_index",
                        2,
                        "source_img",
                        GREEN,
                        "mask_img",
                        RED,
                        "target_img",
                        BLUE,
                        "instruction",
                        "make it red"));
        List<StoredRecord> records = read(DatasetLayout.MAGICBRUSH);
        assertEdit(records.get(0), RED, "add a hat in<imagehere>", GREEN);
        assertEdit(records.get(1), GREEN, "make it red in<imagehere>", BLUE);
    }

    @Test
    void readsSingleAndMultiTurnEditsOfSeedDataEdit() throws IOException {
        write("multi_turn_editing/annotations/split_0001.jsonl", """
                {"source_image": "a/0.png", "instruction_1": "one", "edit_image_1": "a/1.png", \
                "instruction_2": "two", "edit_image_2": "a/2.png", "instruction_3": null, "edit_image_3": null}
                """);
        write("multi_turn_editing/images/data/a/0.png", RED);
        write("multi_turn_editing/images/data/a/1.png", GREEN);
        write("multi_turn_editing/images/data/a/2.png", BLUE);
        write("real_editing/annotations/split_0001.jsonl", """
                {"source_image": "b.png", "target_image": "c.png", "instruction": "three"}
                """);
        write("real_editing/images/b.png", BLUE);
        write("real_editing/images/c.png", RED);
        List<StoredRecord> records = read(DatasetLayout.SEED_DATA_EDIT);
        assertEquals(3, records.size());
        assertEdit(records.get(0), RED, "one in<imagehere>", GREEN);
        assertEdit(records.get(1), GREEN, "two in<imagehere>", BLUE);
        assertEdit(records.get(2), BLUE, "three in<imagehere>", RED);
    }

    @Test
    void leavesOutItemsWithMissingImagesOrPathsOutside() throws IOException {
        write("annotations/a.jsonl", """
                {"source_image": "a.png", "target_image": "missing.png", "instruction": "x"}
                {"source_image": "../a.png", "target_image": "a.png", "instruction": "x"}
                {"source_image": "a.png", "target_image": "a.png", "instruction": " "}
                {"source_image": "a.png", "target_image": "b.png", "instruction": "x"}
                """);
        write("a.png", RED);
        write("b.png", "no image");
        DatasetImport records = open(DatasetLayout.SEED_DATA_EDIT);
        assertFalse(records.hasNext());
        assertEquals(4, records.leftOut());
        assertEquals(
                "There is no image 'missing.png' in the folder of the dataset; expected it there or in its folders"
                        + " images, data or images/data.",
                records.faults().get(0));
        assertEquals(
                "The path '../a.png' in " + folder + " is not one of a file in this folder; expected the folder of"
                        + " SEED-Data-Edit.",
                records.faults().get(1));
        assertEquals(
                "a.jsonl: line 3 has an empty instruction.", records.faults().get(2));
        assertEquals(
                "b.png is damaged, too large, or not an image; expected PNG, JPEG, GIF, BMP, WebP or TIFF.",
                records.faults().get(3));
    }

    private static Map<String, Object> subjectRow(boolean valid, long quality) {
        Image left = Image.filled(256, 256, 0xff0000), right = Image.filled(256, 256, 0x0000ff);
        Image both = Image.filled(528, 264, 0xffffff).paste(left, 4, 4).paste(right, 268, 4);
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("image", both.toPng());
        row.put(
                "quality_assessment",
                Map.of("compositeStructure", 5L, "objectConsistency", quality, "imageQuality", 5L));
        row.put(
                "description",
                Map.of(
                        "item",
                        "Red Mug",
                        "description_0",
                        "A red mug on a desk.",
                        "description_1",
                        "On the grass, this item shines.",
                        "description_valid",
                        valid));
        return row;
    }

    @Test
    void readsBothDirectionsOfAPairOfSubjects200K() throws IOException {
        writeTable(subjectRow(true, 5));
        List<StoredRecord> records = read(DatasetLayout.SUBJECTS200K);
        assertEquals(2, records.size());
        StoredRecord first = records.get(0), second = records.get(1);
        assertEquals(DatasetTask.SUBJECT, first.record().task());
        assertEquals("<imagehere> on a desk.", first.record().instruction());
        assertEquals("On the grass, <imagehere> shines.", second.record().instruction());
        Image left = Image.filled(256, 256, 0xff0000), right = Image.filled(256, 256, 0x0000ff);
        assertEquals(left, first.image(first.record().targetPath()));
        assertEquals(right, first.image(first.record().referencePaths().get(0)));
        assertEquals(right, second.image(second.record().targetPath()));
        assertEquals(5.0, first.record().measures().get("objectConsistency"));
    }

    @Test
    void leavesOutPairsOfLowQualityOrWithoutDescription() throws IOException {
        writeTable(subjectRow(true, 4), subjectRow(false, 5));
        DatasetImport records = open(DatasetLayout.SUBJECTS200K);
        assertFalse(records.hasNext());
        assertEquals(4, records.leftOut());
        assertEquals(
                "train, row 0 has the quality {compositeStructure=5.0, imageQuality=5.0, objectConsistency=4.0},"
                        + " expected 5 of each.",
                records.faults().get(0));
        assertEquals("train, row 1 has no valid description.", records.faults().get(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "The Eames chair in a loft | Eames chair | <imagehere> in a loft",
                "In a loft, the chair glows | Eames Chair | In a loft, <imagehere> glows",
                "Chairs in a loft | chair | <imagehere> Chairs in a loft",
                "A $1 {x} on a desk | $1 {x} | <imagehere> on a desk"
            })
    void putsThePlaceholderInPlaceOfTheItem(String description, String item, String instruction) {
        assertEquals(instruction, Subjects200KLayout.instruction(description, item));
    }

    @Test
    void readsTheSubjectsOfDreamBooth() throws IOException {
        write("dataset/dog/00.jpg", RED);
        write("dataset/dog/01.jpg", GREEN);
        write("dataset/dog/02.jpg", BLUE);
        write("dataset/vase/00.jpg", RED);
        DatasetImport records = open(DatasetLayout.DREAMBOOTH);
        StoredRecord first = records.next();
        assertEquals("a photo of <imagehere>", first.record().instruction());
        assertArrayEquals(RED, first.files().apply(first.record().targetPath()));
        assertArrayEquals(
                GREEN, first.files().apply(first.record().referencePaths().get(0)));
        records.next();
        StoredRecord third = records.next();
        assertArrayEquals(
                RED, third.files().apply(third.record().referencePaths().get(0)));
        assertFalse(records.hasNext());
        assertEquals(
                List.of("dataset/vase/00.jpg is the only image of its subject, expected at least two."),
                records.faults());
    }

    @Test
    void stopsWhenTheListenerCancels() throws IOException {
        write("dog/00.jpg", RED);
        write("dog/01.jpg", GREEN);
        DatasetImport records =
                new DatasetImport(DatasetLayout.DREAMBOOTH.items(folder, "train"), (label, done, total) -> false);
        assertThrows(CancelledException.class, records::hasNext);
    }

    @Test
    void saysWhatAFolderOfAnotherLayoutLacks() {
        UsageException e =
                assertThrows(UsageException.class, () -> DatasetLayout.SEED_DATA_EDIT.items(folder, "train"));
        assertEquals(folder + " has no items in the layout seed-data-edit.", e.getMessage());
        e = assertThrows(UsageException.class, () -> DatasetLayout.of("coco"));
        assertEquals(
                "'coco' is no layout of datasets; expected pairs, instructpix2pix, magicbrush, seed-data-edit,"
                        + " subjects200k, dreambooth.",
                e.getMessage());
    }
}
