package dev.mige4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.Task;
import dev.mige4j.text.PromptTemplates;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One record of a batch file; reads all inference formats of the reference (docs/specification/diffusion.md section
 * 11).
 *
 * @param name file name of the output image, without extension
 * @param instruction text with {@code <imagehere>} placeholders
 * @param imagePaths paths of the images, in the order of the placeholders
 * @param sourcePath path of the source image of an edit
 */
record BatchRecord(String name, String instruction, List<String> imagePaths, Optional<String> sourcePath) {

    /** Stands in the reference's files for the folder of the benchmarks, {@code /path/to/MIGEBench/add/...}. */
    private static final String ROOT_PLACEHOLDER = "/path/to/";

    /**
     * Reads a record; keys that inference does not need are ignored.
     *
     * @param faithful insert the placeholders of an edit as the reference does, which depends on the record's
     *     {@code task}
     */
    static BatchRecord fromJson(JsonNode json, int recordNumber, boolean faithful) {
        if (!json.isObject()) throw new UsageException("is not a JSON object");
        String name = json.hasNonNull("idx")
                ? json.get("idx").asText()
                : String.format(java.util.Locale.ROOT, "%06d", recordNumber);
        if (!name.matches("[\\p{L}\\p{N}_.-]+") || name.startsWith("."))
            throw new UsageException("idx is '%s', expected a number or a file name without special characters", name);
        if (json.hasNonNull("multi_prompt")) {
            List<String> sources = paths(json, "source_path");
            return new BatchRecord(
                    name,
                    json.get("multi_prompt").asText(),
                    paths(json, "entity_path"),
                    sources.stream().findFirst());
        }
        if (json.hasNonNull("instruction") && json.hasNonNull("image")) {
            String text = json.get("instruction").asText();
            return new BatchRecord(
                    name,
                    faithful
                            ? PromptTemplates.insertSourcePlaceholders(
                                    text, json.path("task").asText())
                            : text,
                    List.of(),
                    Optional.of(json.get("image").asText()));
        }
        throw new UsageException(
                "has neither 'multi_prompt' (with 'entity_path', and 'source_path' for an edit) nor 'instruction' and"
                        + " 'image'");
    }

    private static List<String> paths(JsonNode json, String field) {
        JsonNode node = json.path(field);
        if (node.isTextual()) return List.of(node.asText());
        List<String> paths = new ArrayList<>();
        for (JsonNode path : node) {
            if (!path.isTextual()) throw new UsageException("'%s' contains %s, expected paths", field, path);
            paths.add(path.asText());
        }
        return paths;
    }

    Task task(Path baseFolder) {
        Optional<Image> source = sourcePath.map(path -> Image.read(resolve(baseFolder, path)));
        if (imagePaths.isEmpty() && source.isPresent()) return EditCommand.editTask(instruction, source.get());
        List<Image> images = new ArrayList<>();
        for (String path : imagePaths) images.add(Image.read(resolve(baseFolder, path)));
        return Task.of(Instruction.of(instruction, images.toArray(Image[]::new)), source);
    }

    /** The files that the record names. */
    List<Path> imageFiles(Path baseFolder) {
        return Stream.concat(imagePaths.stream(), sourcePath.stream())
                .map(path -> resolve(baseFolder, path))
                .toList();
    }

    private static Path resolve(Path baseFolder, String path) {
        return baseFolder.resolve(path.startsWith(ROOT_PLACEHOLDER) ? path.substring(ROOT_PLACEHOLDER.length()) : path);
    }

    /** The command that generates the same image. */
    ReplayCommand replayCommand(Path baseFolder) {
        if (sourcePath.isEmpty()) return appendImageArguments(ReplayCommand.of("generate", instruction), baseFolder);
        String source = resolve(baseFolder, sourcePath.get()).toString();
        if (imagePaths.stream().allMatch(sourcePath.get()::equals))
            return ReplayCommand.of("edit", source, instruction);
        int sourceIndex = imagePaths.indexOf(sourcePath.get());
        ReplayCommand command = appendImageArguments(ReplayCommand.of("compose", instruction), baseFolder);
        return sourceIndex == 0
                ? command
                : command.with("--source", sourceIndex < 0 ? source : String.valueOf(sourceIndex + 1));
    }

    private ReplayCommand appendImageArguments(ReplayCommand command, Path baseFolder) {
        ReplayCommand result = command;
        for (String path : imagePaths)
            result = result.with("-i", resolve(baseFolder, path).toString());
        return result;
    }
}
