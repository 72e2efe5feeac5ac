package mige.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mige.image.Picture;
import mige.task.Instruction;
import mige.task.Task;
import mige.tensor.UsageException;

/**
 * One record of a batch: the reference's inference formats in one (reference DIFFUSION.md section 11).
 *
 * @param name   of the picture to write, without ending
 * @param text   the words, {@code <imagehere>} where a picture stands
 * @param shown  the pictures' paths, in the order of the marks
 * @param canvas the path of the picture to edit, if one is
 */
record BatchRecord(String name, String text, List<String> shown, Optional<String> canvas) {

    static BatchRecord of(JsonNode json, int place) {
        if (!json.isObject()) throw new UsageException("is no JSON object");
        String name = json.hasNonNull("idx") ? json.get("idx").asText() : String.format(java.util.Locale.ROOT, "%06d", place);
        if (!name.matches("[\\p{L}\\p{N}_.-]+") || name.startsWith(".")) throw new UsageException("idx is '%s', expected a number or a plain name", name);
        if (json.hasNonNull("multi_prompt")) {
            List<String> sources = paths(json, "source_path");
            return new BatchRecord(name, json.get("multi_prompt").asText(), paths(json, "entity_path"), sources.stream().findFirst());
        }
        if (json.hasNonNull("instruction") && json.hasNonNull("image"))
            return new BatchRecord(name, json.get("instruction").asText(), List.of(), Optional.of(json.get("image").asText()));
        throw new UsageException("has neither 'multi_prompt' (with 'entity_path', and 'source_path' for an edit) nor 'instruction' and 'image'");
    }

    private static List<String> paths(JsonNode json, String field) {
        JsonNode node = json.path(field);
        if (node.isTextual()) return List.of(node.asText());
        List<String> paths = new ArrayList<>();
        for (JsonNode path : node) {
            if (!path.isTextual()) throw new UsageException("'%s' holds %s, expected paths", field, path);
            paths.add(path.asText());
        }
        return paths;
    }

    Task task(Path root) {
        Optional<Picture> source = canvas.map(path -> Picture.read(root.resolve(path)));
        if (shown.isEmpty() && source.isPresent()) return EditCommand.edit(text, source.get());
        List<Picture> pictures = new ArrayList<>();
        for (String path : shown) pictures.add(Picture.read(root.resolve(path)));
        return Task.of(Instruction.of(text, pictures.toArray(Picture[]::new)), source);
    }

    /** The single command that makes the same picture. */
    CommandWords command(Path root) {
        if (canvas.isEmpty()) return with(new CommandWords(List.of("create", text)), root);
        String source = root.resolve(canvas.get()).toString();
        if (shown.stream().allMatch(canvas.get()::equals)) return new CommandWords(List.of("edit", source, text));
        int place = shown.indexOf(canvas.get());
        CommandWords words = with(new CommandWords(List.of("compose", text)), root);
        return place == 0 ? words : words.with("--canvas", place < 0 ? source : String.valueOf(place + 1));
    }

    private CommandWords with(CommandWords words, Path root) {
        CommandWords all = words;
        for (String path : shown) all = all.with("-i", root.resolve(path).toString());
        return all;
    }
}
