package dev.mige4j.photos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.photos.stage.StageResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a pipeline decided on an item, as it is written beside the images of the item.
 *
 * @param key names the files of the item; see {@link ItemFiles#key}
 * @param item identifies the item; see {@link PhotoItem#id}
 * @param photos the paths of the photographs that it is made of; see {@link PhotoItem#files}
 * @param fingerprint hash of all that the decision depends on
 * @param result the record, or the reason why there is none
 */
public record ItemDecision(
        String key, String item, List<String> photos, String fingerprint, StageResult<ItemRecord> result) {

    /**
     * A record without its images.
     *
     * @param width width of target and source in pixels
     * @param height their height
     * @param name what the object is
     * @param instruction the text with placeholders
     * @param measures quality measures by name
     */
    public record ItemRecord(
            int width, int height, String name, String instruction, SortedMap<String, Double> measures) {}

    /** The decision as one line of JSON, with keys in a fixed order. */
    public String toJson() {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("key", key).put("item", item);
        photos.forEach(json.putArray("photos")::add);
        json.put("fingerprint", fingerprint);
        if (result instanceof StageResult.Kept<ItemRecord> kept) {
            ItemRecord record = kept.value();
            json.put("width", record.width).put("height", record.height);
            json.put("name", record.name).put("instruction", record.instruction);
            ObjectNode measures = json.putObject("measures");
            record.measures.forEach(measures::put);
        } else if (result instanceof StageResult.Dropped<ItemRecord> dropped) {
            json.put("dropped", dropped.reason()).put("explanation", dropped.explanation());
        }
        return json.toString();
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param file named in messages
     * @throws UsageException when it is something else
     */
    public static ItemDecision fromJson(JsonNode json, Path file) {
        String key = text(json, "key", file), item = text(json, "item", file);
        if (!ItemFiles.KEY.matcher(key).matches())
            throw new UsageException("%s: '%s' is no key of an item; expected 16 hexadecimal digits.", file, key);
        List<String> photos = new ArrayList<>();
        json.path("photos").forEach(photo -> photos.add(photo.asText()));
        String fingerprint = text(json, "fingerprint", file);
        if (json.has("dropped"))
            return new ItemDecision(
                    key,
                    item,
                    photos,
                    fingerprint,
                    new StageResult.Dropped<>(text(json, "dropped", file), text(json, "explanation", file)));
        SortedMap<String, Double> measures = new TreeMap<>();
        json.path("measures")
                .properties()
                .forEach(entry -> measures.put(entry.getKey(), entry.getValue().asDouble()));
        return new ItemDecision(
                key,
                item,
                photos,
                fingerprint,
                StageResult.kept(new ItemRecord(
                        json.path("width").asInt(),
                        json.path("height").asInt(),
                        text(json, "name", file),
                        text(json, "instruction", file),
                        Collections.unmodifiableSortedMap(measures))));
    }

    private static String text(JsonNode json, String field, Path file) {
        if (!json.path(field).isTextual())
            throw new UsageException("%s: a decision has no '%s'; expected a file that mige data wrote.", file, field);
        return json.get(field).asText();
    }
}
