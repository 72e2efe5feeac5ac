package dev.mige4j.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.UsageException;
import dev.mige4j.task.Instruction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One training record: an instruction with reference images, the image to edit, and the image to generate. Paths use
 * {@code /} and are relative to the folder of the dataset. As JSON it is the reference's item:
 *
 * <pre>
 *   {"image": "target/add/1.png", "width": 720, "height": 480,
 *    "entity_path": ["reference/add/1.png", "source/add/1.png"],
 *    "multi_prompt": "Add &lt;imagehere&gt; to &lt;imagehere&gt;", "source_path": ["source/add/1.png"],
 *    "measures": {"mask_coverage": 0.21}}
 * </pre>
 *
 * {@code measures} is additional, and other fields are ignored. Source: docs/specification/diffusion.md section 10.
 *
 * @param targetPath the image to generate; it tells the {@link #task}
 * @param width pixels of the target; 0 if unknown
 * @param height pixels of the target; 0 if unknown
 * @param referencePaths reference images in the order of the placeholders, at most {@link Instruction#MAX_IMAGES}; the
 *     source may be among them
 * @param instruction the text with {@code <imagehere>} for each reference, in any letter case
 * @param sourcePath the image to edit; empty for subject records only
 * @param measures measures of its quality by name, in the order of the names
 */
public record DatasetRecord(
        String targetPath,
        int width,
        int height,
        List<String> referencePaths,
        String instruction,
        Optional<String> sourcePath,
        Map<String, Double> measures) {

    private static final double MAX_ASPECT_RATIO = 4;

    /**
     * @throws UsageException when a path is absolute or leaves the folder, the target's path tells no task, an edit has
     *     no source, there are too many references, or placeholders and references differ in number
     */
    public DatasetRecord {
        UsageException.requireNonNull(targetPath, "targetPath");
        UsageException.requireNonNull(instruction, "instruction");
        referencePaths = List.copyOf(referencePaths);
        DatasetTask task = DatasetTask.fromPath(targetPath);
        if (task == DatasetTask.SUBJECT) sourcePath = Optional.empty();
        else if (sourcePath.isEmpty()) throw new UsageException("'%s' is an edit without source_path.", targetPath);
        if (referencePaths.size() > Instruction.MAX_IMAGES)
            throw new UsageException(
                    "'%s' has %d references, expected at most %d.",
                    targetPath, referencePaths.size(), Instruction.MAX_IMAGES);
        int placeholders = Instruction.countPlaceholders(instruction.toLowerCase(Locale.ROOT));
        if (placeholders != referencePaths.size() && !isTooWide(width, height)) // the reference drops those first
        throw new UsageException(
                    "'%s' has %d references in entity_path and %d placeholders %s in multi_prompt, expected as many.",
                    targetPath, referencePaths.size(), placeholders, Instruction.IMAGE_PLACEHOLDER);
        requireInside(targetPath);
        sourcePath.ifPresent(DatasetRecord::requireInside);
        referencePaths.forEach(DatasetRecord::requireInside);
        measures = Collections.unmodifiableMap(new TreeMap<>(measures));
    }

    private static void requireInside(String path) {
        boolean inside = !path.isEmpty()
                && path.indexOf('\\') < 0
                && path.indexOf(':') < 0
                && path.indexOf('\0') < 0
                && Arrays.stream(path.split("/", -1)).noneMatch(name -> name.isEmpty() || name.equals(".."));
        if (!inside)
            throw new UsageException(
                    "The path '%s' is not one below the folder of the dataset; write it relative to that folder, with"
                            + " '/' and without '..'.",
                    path.replace('\0', '?'));
    }

    /** The task, which the target's path tells. */
    public DatasetTask task() {
        return DatasetTask.fromPath(targetPath);
    }

    /** The paths of all images, each once: target, source, references. */
    public List<String> imagePaths() {
        LinkedHashSet<String> paths = new LinkedHashSet<>(List.of(targetPath));
        sourcePath.ifPresent(paths::add);
        paths.addAll(referencePaths);
        return List.copyOf(paths);
    }

    /** Whether the target is more than four times as wide as high; the reference does not train on such records. */
    public boolean isTooWide() {
        return isTooWide(width, height);
    }

    private static boolean isTooWide(int width, int height) {
        return width > MAX_ASPECT_RATIO * height;
    }

    /**
     * The record of a JSON object.
     *
     * @throws UsageException when a field is missing, or as the constructor
     */
    public static DatasetRecord fromJson(JsonNode json) {
        Map<String, Double> measures = new TreeMap<>();
        json.path("measures")
                .properties()
                .forEach(measure ->
                        measures.put(measure.getKey(), measure.getValue().asDouble()));
        return new DatasetRecord(
                requiredText(json, "image"),
                json.path("width").asInt(),
                json.path("height").asInt(),
                texts(json.path("entity_path")),
                requiredText(json, "multi_prompt"),
                texts(json.path("source_path")).stream().findFirst(),
                measures);
    }

    private static String requiredText(JsonNode json, String field) {
        if (!json.path(field).isTextual()) throw new UsageException("An item has no '%s'.", field);
        return json.get(field).asText();
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(entry -> texts.add(entry.asText()));
        return texts;
    }

    /** The record as JSON, its fields in a fixed order; {@code measures} is left out when there are none. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("image", targetPath).put("width", width).put("height", height);
        ArrayNode references = json.putArray("entity_path");
        referencePaths.forEach(references::add);
        json.put("multi_prompt", instruction);
        ArrayNode sources = json.putArray("source_path");
        sourcePath.ifPresent(sources::add);
        if (!measures.isEmpty()) measures.forEach(json.putObject("measures")::put);
        return json;
    }
}
