package dev.mige4j.train.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Configurations of trainings: the recipes that ship as resources, with a user's JSON file laid over them. */
public final class TrainConfigs {

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(SerializationFeature.INDENT_OUTPUT);

    private TrainConfigs() {}

    /** The recipe of a stage ({@code vae}, {@code clip}, {@code clip-eval}, {@code mige}) as it ships. */
    public static ObjectNode defaults(String stage) {
        try (InputStream in = TrainConfigs.class.getResourceAsStream(stage + ".json")) {
            if (in == null)
                throw new UsageException(
                        "there is no stage '%s' to train; the stages are vae, clip, clip-eval and mige", stage);
            return (ObjectNode) JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The shipped recipe with a file laid over it: what the file names, it replaces; a null file changes nothing. */
    public static ObjectNode load(String stage, Path file) {
        ObjectNode config = defaults(stage);
        if (file == null) return config;
        try {
            JsonNode overrides = JSON.readTree(Files.readString(file));
            if (!overrides.isObject()) throw new UsageException("%s holds no JSON object", file);
            merge(config, (ObjectNode) overrides);
            return config;
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not JSON: %s", file, e.getOriginalMessage());
        } catch (IOException e) {
            throw new UsageException("%s cannot be read", file);
        }
    }

    /** As a record; an unknown or missing name is an error of the user's. */
    public static <T> T bind(Class<T> type, JsonNode config) {
        try {
            return JSON.treeToValue(config, type);
        } catch (JsonProcessingException e) {
            throw new UsageException("the training's configuration does not fit: %s", e.getOriginalMessage());
        }
    }

    /** Writes any record as JSON, whole or not at all. */
    public static void writeJson(Path file, Object value) {
        try {
            Path tempFile = file.resolveSibling(file.getFileName() + ".part");
            Files.writeString(tempFile, JSON.writeValueAsString(value) + "\n");
            Files.move(
                    tempFile,
                    file,
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING,
                    java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void merge(ObjectNode base, ObjectNode overrides) {
        overrides.fields().forEachRemaining(field -> {
            JsonNode existing = base.get(field.getKey());
            if (existing instanceof ObjectNode baseChild && field.getValue() instanceof ObjectNode overridesChild)
                merge(baseChild, overridesChild);
            else base.set(field.getKey(), field.getValue());
        });
    }
}
