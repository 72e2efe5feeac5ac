package dev.mige4j.dataset.layout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.parquet.ParquetShards;
import dev.mige4j.dataset.parquet.ParquetTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * InstructPix2Pix, in either of its forms:
 *
 * <pre>
 *   NAME/prompt.json                 {"edit": "add snow", ...}, also below folders such as shard-00
 *   NAME/SEED_0.jpg, SEED_1.jpg      source and target, for any number of seeds
 *
 *   data/train-00000-of-00262.parquet   original_image (or input_image), edit_prompt, edited_image
 * </pre>
 */
final class InstructPix2PixLayout {

    private static final String PROMPT = "prompt.json", SOURCE_ENDING = "_0.jpg";

    private InstructPix2PixLayout() {}

    static List<LayoutItem> items(Path folder, String split) {
        return ParquetShards.exist(folder) ? hubItems(folder, split) : folderItems(folder);
    }

    private static List<LayoutItem> hubItems(Path folder, String split) {
        ParquetTable table = new ParquetTable(ParquetShards.find(folder, split)
                .orElseThrow(() -> new UsageException(
                        "%s has no Parquet files such as data/%s-00000-of-00262.parquet.", folder, split)));
        String sourceColumn = table.hasColumn("original_image") ? "original_image" : "input_image";
        List<LayoutItem> items = new ArrayList<>();
        table.read(List.of("edit_prompt"), row -> {
            int number = items.size();
            String name = split + ", row " + number;
            items.add(LayoutItem.edit(
                    DatasetLayout.INSTRUCTPIX2PIX.key(number),
                    name,
                    row.text("edit_prompt"),
                    new ParquetImage(table, sourceColumn, number, sourceColumn + " of " + name),
                    new ParquetImage(table, "edited_image", number, "edited_image of " + name)));
        });
        return items;
    }

    private static List<LayoutItem> folderItems(Path folder) {
        PublishedFolder root = PublishedFolder.open(folder, "the folder of InstructPix2Pix");
        List<LayoutItem> items = new ArrayList<>();
        for (String name : root.folderNames("")) {
            if (root.has(name + "/" + PROMPT)) addItems(items, root, name);
            else
                for (String inner : root.folderNames(name))
                    if (root.has(name + "/" + inner + "/" + PROMPT)) addItems(items, root, name + "/" + inner);
        }
        return items;
    }

    private static void addItems(List<LayoutItem> items, PublishedFolder root, String path) {
        JsonNode prompt = root.json(path + "/" + PROMPT);
        String instruction = new JsonRecord(prompt, path + "/" + PROMPT).text("edit");
        for (String image : root.imageNames(path)) {
            if (!image.endsWith(SOURCE_ENDING)) continue;
            String stem = path + "/" + image.substring(0, image.length() - SOURCE_ENDING.length());
            items.add(LayoutItem.edit(
                    DatasetLayout.INSTRUCTPIX2PIX.key(items.size()),
                    stem,
                    instruction,
                    root.image(stem + SOURCE_ENDING),
                    root.image(stem + "_1.jpg")));
        }
    }
}
