package dev.mige4j.train.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads training configurations: the defaults that ship as resources, with a user's JSON file merged over them.
 *
 * <p>Objects are merged key by key, unless they select another component with {@code "type"}; all other values replace
 * the default. The file may contain {@code //} comments.
 */
public final class TrainConfigs {

    private TrainConfigs() {}

    /**
     * The configuration of a stage.
     *
     * @param stage names the resource with the defaults
     * @param file merged over them; null: the defaults alone
     * @throws UsageException when a key is unknown, missing or from an earlier release, or a value is invalid
     */
    public static <T extends Record> T load(String stage, Path file, Class<T> type) {
        ObjectNode config = loadTree(stage, file, type);
        return ConfigFile.parse(config.toString(), sourceName(stage, file), Components.MAPPER, type);
    }

    /** The same as JSON with a comment before each key; can be read again as a configuration file. */
    public static <T extends Record> String print(String stage, Path file, Class<T> type) {
        return ConfigPrinter.print(type, loadTree(stage, file, type));
    }

    private static ObjectNode loadTree(String stage, Path file, Class<?> type) {
        ObjectNode config = defaults(stage);
        if (file != null) merge(config, read(file));
        ConfigSchema.complete(sourceName(stage, file), type, config);
        return config;
    }

    private static String sourceName(String stage, Path file) {
        return file == null ? stage + ".json" : file.toString();
    }

    private static ObjectNode defaults(String stage) {
        try (InputStream in = TrainConfigs.class.getResourceAsStream(stage + ".json")) {
            if (in == null) throw new IllegalArgumentException("there is no resource " + stage + ".json");
            return (ObjectNode) Components.READER.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode read(Path file) {
        try {
            if (Components.READER.readTree(Files.readString(file)) instanceof ObjectNode object) return object;
            throw new UsageException("%s holds no JSON object.", file);
        } catch (NoSuchFileException e) {
            throw new UsageException("%s: there is no such file.", file, e);
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not JSON: %s", file, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
    }

    private static void merge(ObjectNode defaults, ObjectNode overrides) {
        overrides.properties().forEach(field -> {
            if (defaults.get(field.getKey()) instanceof ObjectNode defaultObject
                    && field.getValue() instanceof ObjectNode object
                    && (!object.has("type") || object.get("type").equals(defaultObject.get("type"))))
                merge(defaultObject, object);
            else defaults.set(field.getKey(), field.getValue());
        });
    }
}
