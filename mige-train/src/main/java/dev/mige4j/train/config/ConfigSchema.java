package dev.mige4j.train.config;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.NearestName;
import dev.mige4j.common.UsageException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * The keys of a configuration record, by reflection over its {@link ConfigKey}s: checks names and fills in defaults. A
 * record without {@link ConfigKey}s, such as the configuration of a network, is left to the JSON mapper.
 */
final class ConfigSchema {

    /** In the description of a key that may be null. */
    private static final String NULL_MEANING = "null:";

    private final List<String> knownPaths = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();

    private ConfigSchema() {}

    /**
     * Fills missing keys with their defaults.
     *
     * @param source names the configuration in messages
     * @throws UsageException when keys are unknown, missing, or null where that is no value; names each, and the key
     *     that was probably meant
     */
    static void complete(String source, Class<?> root, ObjectNode config) {
        ConfigSchema schema = new ConfigSchema();
        schema.collectPaths(root, config, "");
        schema.complete(root, config, "", false);
        if (!schema.errors.isEmpty()) throw new UsageException("%s: %s", source, String.join(" ", schema.errors));
    }

    /** Whether the keys of a type are documented with {@link ConfigKey}s. */
    private static boolean isDocumented(Class<?> type) {
        return type.isRecord()
                && Arrays.stream(type.getRecordComponents()).anyMatch(c -> c.isAnnotationPresent(ConfigKey.class));
    }

    /** Whether a type is selected by name: an interface that components implement. */
    static boolean isExtension(Class<?> type) {
        return type.isInterface() && type.isAnnotationPresent(JsonTypeInfo.class);
    }

    /** The documented record that describes a value: the declared type, or the component that {@code type} selects. */
    static Optional<Class<?>> recordType(Class<?> declared, JsonNode value, String path) {
        if (!value.isObject()) return Optional.empty();
        if (isExtension(declared))
            return Optional.of(Components.find(declared, value.path("type").asText(), path));
        return isDocumented(declared) ? Optional.of(declared) : Optional.empty();
    }

    /** The type of the elements of a list; for other components their own type. */
    static Class<?> elementType(RecordComponent component) {
        if (component.getType() == List.class
                && component.getGenericType() instanceof ParameterizedType list
                && list.getActualTypeArguments()[0] instanceof Class<?> element) return element;
        return component.getType();
    }

    private void collectPaths(Class<?> type, ObjectNode config, String prefix) {
        for (RecordComponent component : type.getRecordComponents()) {
            String path = prefix + component.getName();
            JsonNode value = config.path(component.getName());
            knownPaths.add(path);
            if (isDocumented(component.getType()) && !value.isObject())
                collectPaths(component.getType(), config.objectNode(), path + ".");
            else
                recordType(component.getType(), value, path)
                        .ifPresent(found -> collectPaths(found, (ObjectNode) value, path + "."));
        }
    }

    private void complete(Class<?> type, ObjectNode config, String prefix, boolean selectedByType) {
        List<String> keys = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
        config.fieldNames().forEachRemaining(key -> {
            if (!keys.contains(key) && !(selectedByType && key.equals("type")))
                errors.add(unknownKey(prefix, key, keys));
        });
        for (RecordComponent component : type.getRecordComponents()) {
            String path = prefix + component.getName();
            if (!config.has(component.getName())) setDefault(component, config, path);
            if (!config.has(component.getName())) continue;
            JsonNode value = config.get(component.getName());
            requireNoNull(component, value, path);
            completeValue(elementType(component), value, path);
        }
    }

    private void setDefault(RecordComponent component, ObjectNode config, String path) {
        ConfigKey key = component.getAnnotation(ConfigKey.class);
        if (key == null || key.defaultValue().isEmpty()) {
            errors.add("The key '%s' is missing.".formatted(path));
            return;
        }
        try {
            config.set(component.getName(), Components.MAPPER.readTree(key.defaultValue()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the default value " + key.defaultValue() + " is not JSON", e);
        }
    }

    private void requireNoNull(RecordComponent component, JsonNode value, String path) {
        ConfigKey key = component.getAnnotation(ConfigKey.class);
        boolean isCollection = component.getType() == List.class || component.getType() == Map.class;
        if (value.isNull() && key != null && !key.value().contains(NULL_MEANING))
            errors.add("The key '%s' is null, expected a value.".formatted(path));
        else if (isCollection
                && StreamSupport.stream(value.spliterator(), false).anyMatch(JsonNode::isNull))
            errors.add("The key '%s' has an element that is null.".formatted(path));
    }

    private void completeValue(Class<?> type, JsonNode value, String path) {
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) completeValue(type, value.get(i), path + "[" + i + "]");
        } else {
            recordType(type, value, path)
                    .ifPresent(found -> complete(found, (ObjectNode) value, path + ".", isExtension(type)));
        }
    }

    private String unknownKey(String prefix, String key, List<String> keys) {
        String path = prefix + key, replacement = RenamedKeys.replacement(key, knownPaths);
        if (replacement != null) return "The key '%s' was replaced by %s.".formatted(path, replacement);
        Optional<String> elsewhere =
                knownPaths.stream().filter(p -> p.endsWith("." + key)).findFirst();
        return elsewhere.isPresent()
                ? "The key '%s' belongs at '%s'.".formatted(path, elsewhere.get())
                : "The key '%s' is unknown; the nearest key is '%s'."
                        .formatted(path, prefix + NearestName.find(key, keys));
    }
}
