package dev.mige4j.common;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads a JSON configuration file into a record. Unknown keys are errors; every error is one sentence that names the
 * file and the key.
 */
public final class ConfigFile {

    private ConfigFile() {}

    /**
     * Reads a configuration file.
     *
     * @throws UsageException when the file is missing, is not JSON, has an unknown key, or when the record refuses a
     *     value with a {@link UsageException} or {@link ShapeException}
     */
    public static <T> T read(Path file, Class<T> type) {
        return parse(Json.readText(file), file.toString(), type);
    }

    /** As {@link #read}, from the text of a file; {@code name} identifies it in error messages. */
    public static <T> T parse(String json, String name, Class<T> type) {
        return parse(json, name, Json.MAPPER, type);
    }

    /** The same with a mapper that is derived from {@link Json#MAPPER}. */
    public static <T> T parse(String json, String name, ObjectMapper mapper, Class<T> type) {
        try {
            T value = mapper.readValue(json, type);
            if (value == null) throw new UsageException("%s is null, expected a JSON object.", name);
            return value;
        } catch (JsonMappingException e) {
            throw new UsageException("%s: %s", name, unknownKey(json, type).orElseGet(() -> invalidValue(e)), e);
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not JSON: %s", name, e.getOriginalMessage(), e);
        }
    }

    /**
     * The message about the first unknown key. Searched separately, since Jackson builds a record before it reports
     * unknown keys, and a misspelt key makes that fail first.
     */
    private static Optional<String> unknownKey(String json, Class<?> type) {
        try {
            return unknownKey(Json.MAPPER.readTree(json), Json.MAPPER.constructType(type), "");
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> unknownKey(JsonNode node, JavaType type, String path) {
        if (!node.isObject() || !type.getRawClass().isRecord()) return Optional.empty();
        Map<String, BeanPropertyDefinition> properties = new LinkedHashMap<>();
        List<String> names = new ArrayList<>(); // without aliases
        DeserializationConfig config = Json.MAPPER.getDeserializationConfig();
        for (BeanPropertyDefinition property : config.introspect(type).findProperties()) {
            properties.put(property.getName(), property);
            names.add(property.getName());
            property.findAliases().forEach(alias -> properties.put(alias.getSimpleName(), property));
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            BeanPropertyDefinition property = properties.get(field.getKey());
            if (property == null)
                return Optional.of("the key '%s' is unknown; the nearest key is '%s'."
                        .formatted(path + field.getKey(), NearestName.find(field.getKey(), names)));
            Optional<String> nested =
                    unknownKey(field.getValue(), property.getPrimaryType(), path + field.getKey() + ".");
            if (nested.isPresent()) return nested;
        }
        return Optional.empty();
    }

    /** The message of the record's own check, or Jackson's. */
    private static String invalidValue(JsonMappingException e) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof UsageException || cause instanceof ShapeException) return cause.getMessage();
        }
        String path = keyPath(e);
        return (path.isEmpty() ? "" : "the value of '" + path + "' is invalid: ") + e.getOriginalMessage();
    }

    private static String keyPath(JsonMappingException e) {
        return e.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("."));
    }
}
