package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreLogTest {

    static final Score SCORE = new Score(
            "nano", "weights 1", "edit-000", 0, "edit", "add", "unseen subject", Map.of(Metric.L1_INSIDE, 1 / 3.0));

    @TempDir
    Path folder;

    Path file;

    @BeforeEach
    void setFile() {
        file = folder.resolve("scores.jsonl");
    }

    @Test
    void readsWhatItWrote() {
        ScoreLog.open(file).add(List.of(SCORE));
        ScoreLog log = ScoreLog.open(file);
        assertEquals(List.of(SCORE), List.copyOf(log.all()));
        assertEquals(Optional.of(SCORE), log.find("nano", "weights 1", "", "edit-000", 0));
        assertEquals(Optional.empty(), log.find("nano", "weights 2", "", "edit-000", 0));
        assertEquals(Optional.empty(), log.find("nano", "weights 1", "0123456789abcdef", "edit-000", 0));
        assertEquals(Optional.empty(), log.find("nano", "weights 1", "", "edit-000", 1));
    }

    @Test
    void writesALinePerScore() throws Exception {
        ScoreLog.open(file).add(List.of(SCORE));
        assertEquals(
                "{\"row\":\"nano\",\"provenance\":\"weights 1\",\"sample\":\"edit-000\",\"turn\":0,\"suite\":\"edit\","
                        + "\"kind\":\"add\",\"split\":\"unseen subject\","
                        + "\"metrics\":{\"l1_inside\":0.3333333333333333}}\n",
                Files.readString(file));
    }

    @Test
    void dropsAnIncompleteLastLine() throws Exception {
        ScoreLog.open(file).add(List.of(SCORE));
        String complete = Files.readString(file);
        Files.writeString(file, "{\"row\":\"na", StandardOpenOption.APPEND);
        assertEquals(1, ScoreLog.open(file).all().size());
        assertEquals(complete, Files.readString(file));
    }

    @Test
    void rejectsALineThatIsNotAScore() throws Exception {
        Files.writeString(file, "{\"row\":3\n");
        var e = assertThrows(UsageException.class, () -> ScoreLog.open(file));
        assertTrue(e.getMessage().startsWith(file + ": line 1 is not a score: "), e.getMessage());
        assertTrue(e.getMessage().endsWith("or delete the file to start over."), e.getMessage());
    }

    @Test
    void rejectsAFileOfAnEarlierVersion() throws Exception {
        Files.writeString(
                file,
                "{\"row\":\"nano\",\"made_by\":\"w\",\"question\":\"edit-000\",\"turn\":0,\"suite\":\"edit\","
                        + "\"kind\":\"add\",\"split\":\"SEEN\",\"figures\":{\"l1\":0.1}}\n");
        var e = assertThrows(UsageException.class, () -> ScoreLog.open(file));
        assertEquals(
                file + " was written by an earlier version, which scored under other names. "
                        + "Choose another output folder, or delete the file to start over.",
                e.getMessage());
    }
}
