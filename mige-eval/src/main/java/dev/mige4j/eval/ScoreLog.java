package dev.mige4j.eval;

import dev.mige4j.eval.benchmark.Score;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The scores of an evaluation, {@code scores.jsonl}, from which a stopped evaluation resumes. */
final class ScoreLog {

    private record Key(String row, String provenance, String output, String sample, int turn) {
        static Key of(Score score) {
            return new Key(score.row(), score.provenance(), score.output(), score.sample(), score.turn());
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
     * @throws dev.mige4j.common.UsageException when a complete line is not a score, or was written by an earlier
     *     version
     */
    static ScoreLog open(Path file) {
        ScoreLog log = new ScoreLog(file);
        JsonLines.read(file, Score.class, "a score").forEach(log::put);
        return log;
    }

    private void put(Score score) {
        byKey.put(Key.of(score), score);
    }

    /**
     * The score of an output.
     *
     * @param output the measured file, as {@link Score#output}
     */
    Optional<Score> find(String row, String provenance, String output, String sample, int turn) {
        return Optional.ofNullable(byKey.get(new Key(row, provenance, output, sample, turn)));
    }

    /** Appends scores to the file, but for those that it has already. */
    void add(List<Score> scores) {
        List<Score> added = scores.stream()
                .filter(score -> !score.equals(byKey.get(Key.of(score))))
                .toList();
        JsonLines.append(file, added);
        added.forEach(this::put);
    }

    /** All scores in the order of the file; the last of several with the same key. */
    Collection<Score> all() {
        return byKey.values();
    }
}
