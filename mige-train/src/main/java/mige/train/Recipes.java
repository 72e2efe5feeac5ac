package mige.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import mige.tensor.UsageException;

/** Configurations of trainings: the recipes that ship as resources, with a user's JSON file laid over them. */
public final class Recipes {

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(SerializationFeature.INDENT_OUTPUT);

    private Recipes() {}

    /** The recipe of a stage ({@code vae}, {@code clip}, {@code clip-eval}, {@code mige}) as it ships. */
    public static ObjectNode shipped(String stage) {
        try (InputStream in = Recipes.class.getResourceAsStream(stage + ".json")) {
            if (in == null) throw new UsageException("there is no stage '%s' to train; the stages are vae, clip, clip-eval and mige", stage);
            return (ObjectNode) JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The shipped recipe with a file laid over it: what the file names, it replaces; a null file changes nothing. */
    public static ObjectNode read(String stage, Path file) {
        ObjectNode recipe = shipped(stage);
        if (file == null) return recipe;
        try {
            JsonNode user = JSON.readTree(Files.readString(file));
            if (!user.isObject()) throw new UsageException("%s holds no JSON object", file);
            lay(recipe, (ObjectNode) user);
            return recipe;
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not JSON: %s", file, e.getOriginalMessage());
        } catch (IOException e) {
            throw new UsageException("%s cannot be read", file);
        }
    }

    /** As a record; an unknown or missing name is an error of the user's. */
    static <T> T as(Class<T> type, JsonNode recipe) {
        try {
            return JSON.treeToValue(recipe, type);
        } catch (JsonProcessingException e) {
            throw new UsageException("the training's configuration does not fit: %s", e.getOriginalMessage());
        }
    }

    /** Writes any record as JSON, whole or not at all. */
    static void write(Path file, Object value) {
        try {
            Path part = file.resolveSibling(file.getFileName() + ".part");
            Files.writeString(part, JSON.writeValueAsString(value) + "\n");
            Files.move(part, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void lay(ObjectNode under, ObjectNode over) {
        over.fields().forEachRemaining(field -> {
            JsonNode known = under.get(field.getKey());
            if (known instanceof ObjectNode below && field.getValue() instanceof ObjectNode above) lay(below, above);
            else under.set(field.getKey(), field.getValue());
        });
    }
}
