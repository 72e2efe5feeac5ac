package dev.mige4j.photos.naming;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A folder with the answers of chat models, one file each, so that no question is paid twice. */
final class AnswerCache {

    private final Path folder;

    AnswerCache(Path folder) {
        this.folder = folder;
    }

    /**
     * The answer to a question; empty if it is not known.
     *
     * @param key 64 hexadecimal digits
     * @throws UsageException when its file is damaged
     */
    Optional<String> get(String key) {
        Path file = file(key);
        if (!Files.exists(file)) return Optional.empty();
        JsonNode answer = Json.read(file).path("answer");
        if (!answer.isTextual())
            throw new UsageException("%s has no string 'answer'; delete the file to ask the model again.", file);
        return Optional.of(answer.asText());
    }

    /** Keeps an answer. */
    void put(String key, String model, String answer) {
        AtomicFile.write(file(key), Json.writePretty(new TreeMap<>(Map.of("answer", answer, "model", model))));
    }

    private Path file(String key) {
        return folder.resolve(key.substring(0, 2)).resolve(key + ".json");
    }
}
