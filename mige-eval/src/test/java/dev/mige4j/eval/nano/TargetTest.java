package dev.mige4j.eval.nano;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.corpus.specification.Split;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.benchmark.Target;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.report.TargetResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TargetTest {

    @Test
    void dividesByTheBaselineOverTheSameSamples() {
        List<Score> scores = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            scores.add(score("nano", "edit-" + i, NanoSuite.EDIT, Split.SEEN, Map.of(Metric.L1_OUTSIDE, 0.03)));
            scores.add(score("vae-oracle", "edit-" + i, NanoSuite.EDIT, Split.SEEN, Map.of(Metric.L1_OUTSIDE, 0.02)));
        }
        scores.add(score("vae-oracle", "edit-9", NanoSuite.EDIT, Split.SEEN, Map.of(Metric.L1_OUTSIDE, 100.0)));
        TargetResult result = evaluate("edit: L1 outside", scores);
        assertEquals(1.5, result.estimate().orElseThrow().value(), 1e-9);
        assertEquals(4, result.estimate().orElseThrow().sampleCount());
    }

    @Test
    void countsUnseenObjectsAndStylesAsUnseenSubjects() {
        List<Score> scores = new ArrayList<>();
        for (Split split : List.of(Split.SEEN, Split.UNSEEN_PAIR, Split.UNSEEN_SUBJECT, Split.UNSEEN_STYLE))
            scores.add(score(
                    "nano",
                    "s-" + split,
                    NanoSuite.SINGLE_SUBJECT,
                    split,
                    Map.of(Metric.IDENTITY, split == Split.SEEN || split == Split.UNSEEN_PAIR ? 1.0 : 0.0)));
        assertTrue(evaluate("subject generation: identity retrieval accuracy, seen", scores)
                .reachedWithConfidence());
        TargetResult unseen = evaluate("subject generation: identity retrieval accuracy, unseen", scores);
        assertEquals(0, unseen.estimate().orElseThrow().value());
        assertEquals("missed", unseen.status());
    }

    @Test
    void reportsWhenTheIntervalCrossesTheThreshold() {
        List<Score> scores = new ArrayList<>();
        for (int i = 0; i < 40; i++)
            scores.add(
                    score("nano", "edit-" + i, NanoSuite.EDIT, Split.SEEN, Map.of(Metric.SUCCESS, i < 33 ? 1.0 : 0.0)));
        assertEquals(
                "reached, not significant",
                evaluate("edit: success rate", scores).status());
    }

    @Test
    void isNotReachedWithoutMeasurements() {
        TargetResult result = evaluate("subject add/replace: success rate", List.of());
        assertEquals("not measured", result.status());
        assertFalse(result.reached());
    }

    private static TargetResult evaluate(String description, List<Score> scores) {
        Target target = NanoTargets.ALL.stream()
                .filter(t -> t.description().startsWith(description))
                .findFirst()
                .orElseThrow();
        return TargetResult.of(target, "nano", scores);
    }

    private static Score score(String row, String sample, NanoSuite suite, Split split, Map<Metric, Double> metrics) {
        return new Score(row, "test", sample, 0, suite.label(), "add", NanoBenchmark.label(split), metrics);
    }
}
