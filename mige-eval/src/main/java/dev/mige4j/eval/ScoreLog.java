package dev.mige4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.Score;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The scores of an evaluation as a file of JSON lines, from which a stopped evaluation resumes.
 *
 * <p>The scores of a sample are appended as soon as they are computed. An incomplete last line, left by a killed
 * process, is dropped when the file is opened.
 */
final class ScoreLog {

    private record Key(String row, String provenance, String sample, int turn) {
        static Key of(Score score) {
            return new Key(score.row(), score.provenance(), score.sample(), score.turn());
        }
    }

    private final Path file;
    private final Map<Key, Score> byKey = new LinkedHashMap<>();

    private ScoreLog(Path file) {
        this.file = file;
    }

    /**
     * Reads the file; it may be missing.
     *
     * @throws UsageException when a complete line is not a score, or was written by an earlier version
     */
    static ScoreLog open(Path file) {
        ScoreLog log = new ScoreLog(file);
        if (!Files.exists(file)) return log;
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
        int completeLength = text.lastIndexOf('\n') + 1;
        List<String> lines = text.substring(0, completeLength).lines().toList();
        for (int i = 0; i < lines.size(); i++) if (!lines.get(i).isBlank()) log.put(parse(lines.get(i), file, i + 1));
        if (completeLength < text.length()) AtomicFile.write(file, text.substring(0, completeLength));
        return log;
    }

    private static Score parse(String line, Path file, int lineNumber) {
        try {
            JsonNode node = Json.MAPPER.readTree(line);
            if (node.has("question") && node.has("figures"))
                throw new UsageException(
                        "%s was written by an earlier version, which scored under other names. "
                                + "Choose another output folder, or delete the file to start over.",
                        file);
            return Json.MAPPER.treeToValue(node, Score.class);
        } catch (JsonProcessingException e) {
            throw new UsageException(
                    "%s: line %d is not a score: %s. Choose another output folder, or delete the file to start over.",
                    file, lineNumber, e.getOriginalMessage(), e);
        }
    }

    private void put(Score score) {
        byKey.put(Key.of(score), score);
    }

    boolean has(String row, String provenance, String sample, int turn) {
        return byKey.containsKey(new Key(row, provenance, sample, turn));
    }

    /** Appends scores to the file. */
    void add(List<Score> scores) {
        StringBuilder lines = new StringBuilder();
        for (Score score : scores) lines.append(Json.write(score)).append('\n');
        try {
            Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw AtomicFile.writeFailed(file, e);
        }
        scores.forEach(this::put);
    }

    /** All scores in the order of the file; the last of several with the same key. */
    Collection<Score> all() {
        return byKey.values();
    }
}
