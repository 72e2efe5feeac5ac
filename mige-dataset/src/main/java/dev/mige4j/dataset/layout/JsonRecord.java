package dev.mige4j.dataset.layout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A JSON object of a benchmark's file.
 *
 * @param where names it in messages, such as {@code add_bench.json: record 3}
 */
public record JsonRecord(JsonNode json, String where) {

    public JsonRecord {
        if (!json.isObject()) throw new UsageException("%s is not a JSON object.", where);
    }

    /** The objects of a JSON array; {@code where} names the file. */
    public static List<JsonRecord> list(JsonNode array, String where) {
        if (!array.isArray()) throw new UsageException("%s is not a JSON array of records.", where);
        List<JsonRecord> records = new ArrayList<>();
        for (JsonNode record : array) records.add(new JsonRecord(record, where + ": record " + (records.size() + 1)));
        return records;
    }

    /** A string. */
    public String text(String field) {
        return optionalText(field).orElseThrow(() -> new UsageException("%s has no string '%s'.", where, field));
    }

    /** A string; empty when there is none. */
    public Optional<String> optionalText(String field) {
        JsonNode value = json.path(field);
        return value.isTextual() ? Optional.of(value.asText()) : Optional.empty();
    }

    /** The strings of an array, at least one; a string alone counts as an array of one. */
    public List<String> texts(String field) {
        List<String> texts = optionalTexts(field);
        if (texts.isEmpty()) throw new UsageException("%s has no array of strings '%s'.", where, field);
        return texts;
    }

    /** The strings of an array; a string alone counts as an array of one. */
    public List<String> optionalTexts(String field) {
        JsonNode value = json.path(field);
        if (value.isTextual()) return List.of(value.asText());
        List<String> texts = new ArrayList<>();
        for (JsonNode text : value) if (text.isTextual()) texts.add(text.asText());
        return texts;
    }

    /** A number or name that can be part of a file name. */
    public String id(String field) {
        JsonNode value = json.path(field);
        String id = value.isTextual() || value.isIntegralNumber() ? value.asText() : "";
        if (!isFileName(id))
            throw new UsageException(
                    "%s: '%s' is %s, expected a number, or a name of letters, digits, '_', '-' and '.'.",
                    where, field, value.isMissingNode() ? "missing" : value);
        return id;
    }

    /** Whether a text is one component of a path, without special characters. */
    public static boolean isFileName(String text) {
        return text.matches("[\\p{L}\\p{N}_-][\\p{L}\\p{N}_.-]{0,199}");
    }
}
