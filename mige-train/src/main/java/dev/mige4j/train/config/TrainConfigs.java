package dev.mige4j.train.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Map;

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

    /**
     * The configuration of all stages of a recipe, with a comment before each key: the defaults of each stage, the
     * recipe merged over them, then the user's file.
     *
     * @param recipe names the resource with the recipe
     * @param file merged over it; null: none
     * @param stages names of stages by the key of their configuration in the recipe
     * @param type a record with a component for each stage
     */
    public static <T extends Record> Recipe loadRecipe(
            String recipe, Path file, Map<String, String> stages, Class<T> type) {
        ObjectNode config = Components.MAPPER.createObjectNode();
        ObjectNode overrides = defaults(recipe);
        overrides.fieldNames().forEachRemaining(key -> {
            if (!stages.containsKey(key)) config.putNull(key); // keeps the order of the recipe
        });
        stages.forEach((key, stage) -> config.set(key, defaults(stage)));
        merge(config, overrides);
        if (file != null) merge(config, read(file));
        ConfigSchema.complete(sourceName(recipe, file), type, config);
        ConfigFile.parse(config.toString(), sourceName(recipe, file), Components.MAPPER, type); // checks the values
        return new Recipe(config, type);
    }

    /** The configuration of all stages, as JSON. */
    public static final class Recipe {

        private final ObjectNode config;
        private final Class<? extends Record> type;

        private Recipe(ObjectNode config, Class<? extends Record> type) {
            this.config = config;
            this.type = type;
        }

        /** All stages, with a comment before each key; can be read again as a configuration file of the recipe. */
        public String print() {
            return ConfigPrinter.print(type, config);
        }

        /** A number of the configuration by the path of its keys, separated by dots. */
        public double number(String path) {
            return config.at("/" + path.replace('.', '/')).asDouble();
        }

        /**
         * The configuration of one stage, printed as {@link TrainConfigs#print}.
         *
         * @param minutes of its schedule; 0: as configured
         */
        public String printStage(String key, double minutes, Class<? extends Record> stageType) {
            ObjectNode stage = config.get(key).deepCopy();
            if (minutes > 0) ((ObjectNode) stage.get("trainer").get("schedule")).put("minutes", minutes);
            return ConfigPrinter.print(stageType, stage);
        }
    }

    /**
     * Keys that are merged over the configuration of a stage: those of a resource, with a user's file merged over them.
     * They are not checked.
     *
     * @param resource JSON, which may contain comments
     * @param file merged over it; null: none
     */
    public static ObjectNode readOverrides(URL resource, Path file) {
        try (InputStream in = resource.openStream()) {
            ObjectNode overrides = (ObjectNode) Components.READER.readTree(in);
            if (file != null) merge(overrides, read(file));
            return overrides;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
            if (Components.READER.readTree(Json.readText(file)) instanceof ObjectNode object) return object;
            throw new UsageException("%s holds no JSON object.", file);
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not JSON: %s", file, e.getOriginalMessage(), e);
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
