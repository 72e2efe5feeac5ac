package mige.eval;

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

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;

import mige.tensor.UsageException;

/**
 * All scores of an evaluation, kept as JSON lines so that it can go on where it was stopped.
 *
 * <p>Each line is written as soon as it is known. A last line that was cut off by a kill is dropped when the file is read.
 */
final class Scores {

    private static final ObjectMapper JSON = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final Path file;
    private final Map<String, Score> byKey = new LinkedHashMap<>();

    private Scores(Path file) {
        this.file = file;
    }

    /** @throws UsageException when a line before the last is no score */
    static Scores open(Path file) {
        Scores scores = new Scores(file);
        try {
            if (!Files.exists(file)) return scores;
            String text = Files.readString(file);
            int whole = text.lastIndexOf('\n') + 1;
            int number = 0;
            for (String line : text.substring(0, whole).split("\n")) {
                number++;
                if (line.isBlank()) continue;
                try {
                    scores.hold(JSON.readValue(line, Score.class));
                } catch (JsonProcessingException e) {
                    throw new UsageException("%s: line %d is no score: %s. Choose another folder, or delete the file to measure all anew.", file, number, e.getOriginalMessage());
                }
            }
            if (whole < text.length()) {
                Path part = file.resolveSibling(file.getFileName() + ".part");
                Files.writeString(part, text.substring(0, whole));
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return scores;
    }

    private void hold(Score score) {
        byKey.put(score.key(), score);
    }

    boolean has(String row, String madeBy, String question, int turn) {
        return byKey.containsKey(row + "\n" + madeBy + "\n" + question + "\n" + turn);
    }

    void add(List<Score> scores) {
        try {
            StringBuilder lines = new StringBuilder();
            for (Score score : scores) lines.append(JSON.writeValueAsString(score)).append('\n');
            Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            scores.forEach(this::hold);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Collection<Score> all() {
        return byKey.values();
    }
}
