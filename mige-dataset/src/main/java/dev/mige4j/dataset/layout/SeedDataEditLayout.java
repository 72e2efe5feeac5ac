package dev.mige4j.dataset.layout;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * SEED-Data-Edit: files {@code annotations/*.jsonl} in the folder, or in {@code real_editing} and so on below it. A
 * line is one edit, or the turns of one image, each of which edits the result of the turn before:
 *
 * <pre>
 *   {"source_image": PATH, "target_image": PATH, "instruction": TEXT}
 *   {"source_image": PATH, "edit_image_1": PATH, "instruction_1": TEXT, "edit_image_2": PATH, ...}
 * </pre>
 *
 * Paths are relative to the folder that has {@code annotations}, or to {@code images}, {@code data} or
 * {@code images/data} in it. Turns end at the first without image, which is null in some lines.
 */
final class SeedDataEditLayout {

    private static final List<String> IMAGE_FOLDERS = List.of("", "images/", "images/data/", "data/");

    private SeedDataEditLayout() {}

    static List<LayoutItem> items(Path folder) {
        PublishedFolder root = PublishedFolder.open(folder, "the folder of SEED-Data-Edit");
        List<String> parts = new ArrayList<>();
        if (Files.isDirectory(folder.resolve("annotations"))) parts.add("");
        for (String name : root.folderNames(""))
            if (Files.isDirectory(folder.resolve(name).resolve("annotations"))) parts.add(name + "/");
        List<LayoutItem> items = new ArrayList<>();
        for (String part : parts)
            for (Path file : annotations(folder.resolve(part + "annotations"))) read(file, root, part, items);
        return items;
    }

    private static List<Path> annotations(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", folder, e.getMessage(), e);
        }
    }

    private static void read(Path file, PublishedFolder root, String part, List<LayoutItem> items) {
        int number = 0;
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (line.isBlank()) continue;
                String where = file.getFileName() + ": line " + number;
                add(new JsonRecord(Json.MAPPER.readTree(line), where), root, part, items);
            }
        } catch (JsonProcessingException e) {
            throw new UsageException("%s: line %d is not JSON: %s", file, number, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UsageException("%s is not a text in UTF-8 that can be read: %s", file, e.getMessage(), e);
        }
    }

    private static void add(JsonRecord json, PublishedFolder root, String part, List<LayoutItem> items) {
        String source = json.text("source_image");
        if (json.optionalText("edit_image_1").isEmpty()) {
            add(items, json.where(), json.text("instruction"), root, part, source, json.text("target_image"));
            return;
        }
        for (int turn = 1; json.optionalText("edit_image_" + turn).isPresent(); turn++) {
            String target = json.text("edit_image_" + turn);
            String name = json.where() + ", turn " + turn;
            add(items, name, json.text("instruction_" + turn), root, part, source, target);
            source = target;
        }
    }

    private static void add(
            List<LayoutItem> items,
            String name,
            String instruction,
            PublishedFolder root,
            String part,
            String source,
            String target) {
        String key = DatasetLayout.SEED_DATA_EDIT.key(items.size());
        items.add(new LayoutItem(name, () -> LayoutItem.edit(
                        key, name, instruction, image(root, part, source), image(root, part, target))
                .load()));
    }

    private static ImageSource image(PublishedFolder root, String part, String path) {
        root.image(path); // refuses a path that leads out of the folder
        return IMAGE_FOLDERS.stream()
                .map(images -> part + images + path)
                .filter(root::has)
                .findFirst()
                .map(root::image)
                .orElseThrow(() -> new UsageException(
                        "There is no image '%s' in %s; expected it there or in its folders images, data or"
                                + " images/data.",
                        path, part.isEmpty() ? "the folder of the dataset" : part));
    }
}
