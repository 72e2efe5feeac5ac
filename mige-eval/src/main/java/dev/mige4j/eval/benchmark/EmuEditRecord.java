package dev.mige4j.eval.benchmark;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.dataset.layout.JsonRecord;
import dev.mige4j.dataset.layout.ParquetImage;
import dev.mige4j.dataset.layout.PublishedFolder;
import dev.mige4j.dataset.parquet.ParquetShards;
import dev.mige4j.dataset.parquet.ParquetTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A record of the Emu Edit test set: an instruction for an image, with captions of the image before and after. There is
 * no expected image.
 *
 * <p>It is read from the Parquet files of the hub ({@code facebook/emu_edit_test_set}, or {@code ..._generations} with
 * the outputs of a model) or from the {@code emu_edit.json} of MIGE with its folder {@code data} of images.
 *
 * @param id {@code idx}
 * @param instruction as published; some start with a space
 * @param task {@code add}, {@code remove}, {@code color}, {@code local}, {@code style}, {@code background},
 *     {@code global} or {@code text}
 * @param hash {@code hash}, of the authors
 * @param output {@code edited_image}: what the model {@code model} has made
 */
public record EmuEditRecord(
        String id,
        String instruction,
        String task,
        ImageSource source,
        String inputCaption,
        String outputCaption,
        Optional<String> hash,
        Optional<ImageSource> output,
        Optional<String> model) {

    private static final String JSON = "emu_edit.json", IMAGE = "image", OUTPUT = "edited_image";

    private static final List<String> COLUMNS =
            List.of("idx", "instruction", "task", "input_caption", "output_caption", "hash", "model");

    /** Whether the caption changes; if not, both are placeholders, and the metrics of captions leave the record out. */
    public boolean captionChanges() {
        return !inputCaption.equals(outputCaption);
    }

    /**
     * The records of the test split, in the order of the files. The set with the outputs of a model has the two splits
     * swapped: its "validation" is the test split.
     *
     * @param path the folder of the data set with its Parquet files, the folder of MIGE's {@code emu_edit.json}, or
     *     that file
     * @throws UsageException when it is none of these, a file is missing or damaged, or two records have the same
     *     {@code idx}
     */
    public static List<EmuEditRecord> load(Path path) {
        if (Files.isRegularFile(path))
            return loadJson(
                    path.toAbsolutePath().getParent(), path.getFileName().toString());
        if (Files.isRegularFile(path.resolve(JSON))) return loadJson(path, JSON);
        Optional<List<Path>> test = ParquetShards.find(path, "test"),
                validation = ParquetShards.find(path, "validation");
        if (test.isEmpty() && validation.isEmpty())
            throw new UsageException(
                    "%s has neither %s nor Parquet files such as data/test-00000-of-00001.parquet; expected a copy of"
                            + " facebook/emu_edit_test_set.",
                    path, JSON);
        ParquetTable table = new ParquetTable(test.or(() -> validation).orElseThrow());
        boolean swapped = table.hasColumn(OUTPUT);
        Optional<List<Path>> split = swapped ? validation : test;
        if (split.isEmpty())
            throw new UsageException(
                    "%s has no Parquet files of the split '%s', which is the test split of this data set.",
                    path, swapped ? "validation" : "test");
        return loadTable(test.isPresent() && swapped ? new ParquetTable(split.get()) : table);
    }

    private static List<EmuEditRecord> loadTable(ParquetTable table) {
        List<EmuEditRecord> records = new ArrayList<>();
        Set<Long> ids = new HashSet<>();
        boolean hasOutputs = table.hasColumn(OUTPUT);
        table.read(COLUMNS, row -> {
            long id = row.integer("idx"), index = records.size();
            if (id < 0 || !ids.add(id)) throw row.wrong("idx", "is %d, expected another number for each record", id);
            records.add(new EmuEditRecord(
                    Long.toString(id),
                    row.text("instruction"),
                    row.text("task"),
                    new ParquetImage(table, IMAGE, index, IMAGE + " of idx " + id),
                    row.text("input_caption"),
                    row.text("output_caption"),
                    row.optionalText("hash"),
                    hasOutputs
                            ? Optional.of(new ParquetImage(table, OUTPUT, index, OUTPUT + " of idx " + id))
                            : Optional.empty(),
                    row.optionalText("model")));
        });
        return records;
    }

    private static List<EmuEditRecord> loadJson(Path folder, String file) {
        PublishedFolder root = PublishedFolder.open(folder, "the folder of MIGE's copy of the Emu Edit test set", file);
        List<EmuEditRecord> records = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (JsonRecord json : JsonRecord.list(root.json(file), file)) {
            String id = json.id("idx");
            if (!ids.add(id))
                throw new UsageException(
                        "%s has the same idx %s as a record before; expected another one for each record.",
                        json.where(), id);
            String image = json.text(IMAGE); // on the authors' machine
            records.add(new EmuEditRecord(
                    id,
                    json.text("instruction"),
                    json.text("task"),
                    root.image("data/" + image.substring(image.lastIndexOf('/') + 1)),
                    json.text("input_caption"),
                    json.text("output_caption"),
                    json.optionalText("hash"),
                    Optional.empty(),
                    Optional.empty()));
        }
        return records;
    }
}
