package dev.mige4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All scores of an evaluation, kept as JSON lines so that it can go on where it was stopped.
 *
 * <p>Each line is written as soon as it is known. A last line that was cut off by a kill is dropped when the file is
 * read.
 */
final class ScoreLog {

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final Path file;
    private final Map<String, Score> byKey = new LinkedHashMap<>();

    private ScoreLog(Path file) {
        this.file = file;
    }

    /** @throws UsageException when a line before the last is no score */
    static ScoreLog open(Path file) {
        ScoreLog log = new ScoreLog(file);
        try {
            if (!Files.exists(file)) return log;
            String text = Files.readString(file);
            int completeLength = text.lastIndexOf('\n') + 1;
            int lineNumber = 0;
            for (String line : text.substring(0, completeLength).split("\n")) {
                lineNumber++;
                if (line.isBlank()) continue;
                try {
                    log.put(JSON.readValue(line, Score.class));
                } catch (JsonProcessingException e) {
                    throw new UsageException(
                            "%s: line %d is no score: %s. Choose another folder, or delete the file to measure all anew.",
                            file, lineNumber, e.getOriginalMessage());
                }
            }
            if (completeLength < text.length()) {
                Path tempFile = file.resolveSibling(file.getFileName() + ".part");
                Files.writeString(tempFile, text.substring(0, completeLength));
                Files.move(tempFile, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return log;
    }

    private void put(Score score) {
        byKey.put(score.key(), score);
    }

    boolean has(String row, String provenance, String sample, int turn) {
        return byKey.containsKey(row + "\n" + provenance + "\n" + sample + "\n" + turn);
    }

    void add(List<Score> scores) {
        try {
            StringBuilder lines = new StringBuilder();
            for (Score score : scores)
                lines.append(JSON.writeValueAsString(score)).append('\n');
            Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            scores.forEach(this::put);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Collection<Score> all() {
        return byKey.values();
    }
}
