package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.Part;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.judge.ImageJudge;
import dev.mige4j.eval.judge.JudgeProtocol;
import dev.mige4j.eval.judge.JudgeQueue;
import dev.mige4j.eval.judge.ScriptedChatModel;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JudgingTest {

    private static final String ANSWER = "{\"instruction_followed\": 4, \"seamless\": 3, \"plausible\": 2}";

    @TempDir
    Path folder;

    @BeforeEach
    void writeImagesOfAnotherProgram() throws IOException {
        Files.createDirectories(folder.resolve("images/edits"));
        for (int i = 0; i < 4; i++) Image.filled(24, 16, i).write(folder.resolve("images/edits/" + i + ".png"));
    }

    private EvaluationResult run(ScriptedChatModel model, String name) {
        JudgeQueue judge = new JudgeQueue(new ImageJudge(model, name, JudgeProtocol.IMGEDIT), 1);
        return Evaluation.run(FakeBenchmark.of(5), plan(Optional.of(judge)), ProgressListener.NONE);
    }

    private EvaluationPlan plan(Optional<JudgeQueue> judge) {
        return plan(judge, Part.ALL);
    }

    private EvaluationPlan plan(Optional<JudgeQueue> judge, Part part) {
        return new EvaluationPlan(
                List.of(),
                Map.of("theirs", folder.resolve("images")),
                new MetricModels(Optional.empty(), Optional.empty(), Optional.empty(), judge),
                0,
                ImageEncoding.PNG,
                part,
                folder.resolve(part.equals(Part.ALL) ? "out" : "part" + part.index()),
                2);
    }

    private Map<String, MetricValue> scores(ScriptedChatModel model, String name) {
        JudgeQueue judge = new JudgeQueue(new ImageJudge(model, name, JudgeProtocol.IMGEDIT), 1);
        EvaluationRunner runner = new EvaluationRunner(FakeBenchmark.of(5), plan(Optional.of(judge)));
        assertTrue(runner.run(ProgressListener.NONE));
        Map<String, MetricValue> values = new TreeMap<>();
        for (Score score : runner.currentScores())
            if (score.metrics().containsKey(Metric.IMGEDIT))
                values.put(score.row() + " " + score.sample(), score.metrics().get(Metric.IMGEDIT));
        return values;
    }

    @Test
    void scoresTheOutputsOfModelsButNotOfBaselines() {
        ScriptedChatModel model = new ScriptedChatModel(ANSWER);
        Map<String, MetricValue> scores = scores(model, "m");
        assertEquals(MetricValue.of(3), scores.get("theirs 0"));
        assertTrue(scores.get("theirs 4").reason().startsWith("there is no image"), scores.toString());
        assertEquals(5, scores.size(), scores.toString());
        assertEquals(4, model.requests().size());
    }

    @Test
    void showsItsMeansInTheTable() {
        String table = run(new ScriptedChatModel(ANSWER), "m").table();
        assertTrue(table.contains("ImgEdit, 1st"), table);
        assertTrue(table.contains("judge m, imgedit"), table);
    }

    @Test
    void isNotAskedTwiceForTheSameOutput() throws IOException {
        run(new ScriptedChatModel(ANSWER), "m");
        ScriptedChatModel again = new ScriptedChatModel(ANSWER);
        Image.filled(24, 16, 77).write(folder.resolve("images/edits/2.png"));
        scores(again, "m");
        assertEquals(1, again.requests().size(), "one output has changed");
        ScriptedChatModel other = new ScriptedChatModel(ANSWER);
        scores(other, "other");
        assertEquals(4, other.requests().size(), "scores of another judge do not count");
    }

    @Test
    void isAskedAgainWhereItFailed() {
        ScriptedChatModel failing = new ScriptedChatModel(new IllegalStateException("503"), ANSWER);
        assertEquals(
                MetricValue.missing("the judge failed: 503"),
                scores(failing, "m").get("theirs 0"));
        ScriptedChatModel working = new ScriptedChatModel(ANSWER);
        assertEquals(MetricValue.of(3), scores(working, "m").get("theirs 0"));
        assertEquals(1, working.requests().size());
    }

    @Test
    void keepsItsScoresApartFromThoseOfTheOtherMetrics() throws IOException {
        run(new ScriptedChatModel(ANSWER), "m");
        List<String> lines = Files.readAllLines(folder.resolve("out/scores.jsonl"));
        assertEquals(
                5,
                lines.stream().filter(line -> line.contains("judge m, imgedit")).count());
        assertTrue(lines.stream().noneMatch(line -> line.contains("\"l1\"") && line.contains("imgedit")));
        EvaluationRunner without = new EvaluationRunner(FakeBenchmark.of(5), plan(Optional.empty()));
        assertTrue(without.currentScores().stream()
                .noneMatch(score -> score.metrics().containsKey(Metric.IMGEDIT)));
    }

    @Test
    void joinsItsScoresWithThePartsOfAnEvaluation() {
        JudgeQueue judge = new JudgeQueue(new ImageJudge(new ScriptedChatModel(ANSWER), "m", JudgeProtocol.IMGEDIT), 1);
        for (int i = 1; i <= 2; i++)
            Evaluation.run(FakeBenchmark.of(5), plan(Optional.of(judge), new Part(i, 2)), ProgressListener.NONE);
        EvaluationResult joined =
                EvaluationJoin.run(List.of(folder.resolve("part1"), folder.resolve("part2")), folder.resolve("joined"));
        EvaluationResult whole = run(new ScriptedChatModel(ANSWER), "m");
        assertEquals(
                whole.summary().groups().get(0).meansByRow(),
                joined.summary().groups().get(0).meansByRow());
        assertTrue(joined.table().contains("ImgEdit, 1st"), joined.table());
    }
}
