package dev.mige4j.eval.benchmark;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.dataset.layout.JsonRecord;
import dev.mige4j.dataset.layout.PublishedFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A record of MIGEBench: a subject-driven edit, with its expected result.
 *
 * <p>Its files are {@code add_bench.json} and {@code replace_bench.json}. The paths in them are those of the authors'
 * machine, of which the last three components are in the folder of the benchmark. Fields that are not needed may be
 * missing.
 *
 * @param id {@code idx}, unique within the operation only
 * @param instruction {@code multi_prompt}, with {@code <imagehere>} for each of the images
 * @param images {@code entity_path}, in the order of the placeholders; the source is one of them
 * @param source the image to edit
 * @param target the expected result
 * @param entity the image of the subject, on black
 * @param mask {@code mask_path}
 * @param caption {@code target_caption}, which describes the expected result
 * @param plainInstruction {@code caption}: the instruction without images
 * @param object what an object detector looks for
 */
public record MigeBenchRecord(
        Operation operation,
        String id,
        String instruction,
        List<ImageSource> images,
        ImageSource source,
        ImageSource target,
        ImageSource entity,
        Optional<ImageSource> mask,
        String caption,
        Optional<String> plainInstruction,
        String object) {

    /** What is done with the subject. */
    public enum Operation {
        ADD,
        REPLACE;

        /** {@code add} or {@code replace}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        private String file() {
            return label() + "_bench.json";
        }
    }

    public MigeBenchRecord {
        images = List.copyOf(images);
    }

    /**
     * The records of both files, in order.
     *
     * @param folder the benchmark's own, as the data set EurekaTian/MIGEBench of the hub
     * @throws UsageException when it is not such a folder, a record lacks a field, a path leads out of the folder, or
     *     two records of a file have the same {@code idx}
     */
    public static List<MigeBenchRecord> load(Path folder) {
        PublishedFolder root =
                PublishedFolder.open(folder, "the folder of MIGEBench", Operation.ADD.file(), Operation.REPLACE.file());
        List<MigeBenchRecord> records = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            Set<String> ids = new HashSet<>();
            for (JsonRecord json : JsonRecord.list(root.json(operation.file()), operation.file())) {
                MigeBenchRecord record = of(operation, json, root);
                if (!ids.add(record.id))
                    throw new UsageException(
                            "%s has the same idx %s as a record before; expected another one for each record.",
                            json.where(), record.id);
                records.add(record);
            }
        }
        return records;
    }

    private static MigeBenchRecord of(Operation operation, JsonRecord json, PublishedFolder root) {
        List<ImageSource> images =
                json.texts("entity_path").stream().map(root::imageOfLastThree).toList();
        ImageSource source = root.imageOfLastThree(json.texts("source_path").get(0));
        return new MigeBenchRecord(
                operation,
                json.id("idx"),
                json.text("multi_prompt"),
                images,
                source,
                root.imageOfLastThree(json.text("image")),
                images.stream()
                        .filter(image -> !image.equals(source))
                        .findFirst()
                        .orElseThrow(() -> new UsageException(
                                "%s: 'entity_path' names no image besides that of 'source_path'.", json.where())),
                json.optionalTexts("mask_path").stream().findFirst().map(root::imageOfLastThree),
                json.text("target_caption"),
                json.optionalText("caption"),
                json.text("object"));
    }
}
