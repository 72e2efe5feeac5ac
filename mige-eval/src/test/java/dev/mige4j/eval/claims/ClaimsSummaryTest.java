package dev.mige4j.eval.claims;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.nano.NanoSuite;
import dev.mige4j.eval.report.BootstrapEstimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClaimsSummaryTest {

    private final List<Score> scores = new ArrayList<>();

    private void add(ClaimVariant variant, int seed, NanoSuite suite, Metric metric, double... values) {
        add(new ClaimRun(variant, seed).name(), suite, metric, values);
    }

    private void add(String row, NanoSuite suite, Metric metric, double... values) {
        for (int i = 0; i < values.length; i++)
            scores.add(new Score(
                    row, "p", suite.label() + "-" + i, 0, suite.label(), "add", "seen", Map.of(metric, values[i])));
    }

    private ClaimsSummary summarize() {
        return ClaimsSummary.of(scores, 2, List.of("copy-source"));
    }

    private static ClaimsSummary.ClaimResult result(ClaimsSummary summary, Claim claim) {
        return summary.claims().stream()
                .filter(r -> r.claim() == claim)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void supportsAClaimWhenAllSeedsAgreeAndTheIntervalExcludesZero() {
        for (int seed = 1; seed <= 2; seed++) {
            add(ClaimVariant.JOINT, seed, NanoSuite.EDIT, Metric.SUCCESS, 1, 1, 1, 1, 0, 1);
            add(ClaimVariant.EDITING_ONLY, seed, NanoSuite.EDIT, Metric.SUCCESS, 0, 0, 0, 0, 0, 0);
        }
        ClaimsSummary.ClaimResult claim = result(summarize(), Claim.JOINT_HELPS_EDITING);
        assertEquals(ClaimVerdict.SUPPORTED, claim.verdict());
        assertEquals(5 / 6.0, claim.deciding().orElseThrow().improvement().value(), 1e-9);
        assertEquals(
                ClaimVerdict.NOT_MEASURED,
                result(summarize(), Claim.JOINT_HELPS_SUBJECTS).verdict());
    }

    @Test
    void decidesNothingWhenSeedsDisagree() {
        double[] ones = {1, 1, 1, 1}, zeros = {0, 0, 0, 0};
        add(ClaimVariant.JOINT, 1, NanoSuite.EDIT, Metric.SUCCESS, ones);
        add(ClaimVariant.JOINT, 2, NanoSuite.EDIT, Metric.SUCCESS, zeros);
        add(ClaimVariant.EDITING_ONLY, 1, NanoSuite.EDIT, Metric.SUCCESS, zeros);
        add(ClaimVariant.EDITING_ONLY, 2, NanoSuite.EDIT, Metric.SUCCESS, ones);
        ClaimsSummary.Difference difference =
                result(summarize(), Claim.JOINT_HELPS_EDITING).deciding().orElseThrow();
        assertArrayEquals(new double[] {1, -1}, difference.bySeed());
        assertEquals(ClaimVerdict.UNDECIDED, difference.verdict());
    }

    @Test
    void countsALowerErrorAsAnImprovement() {
        for (int seed = 1; seed <= 2; seed++) {
            add(ClaimVariant.JOINT, seed, NanoSuite.EDIT, Metric.L1_INSIDE, 0.1, 0.2, 0.1);
            add(ClaimVariant.TEXT_ONLY, seed, NanoSuite.EDIT, Metric.L1_INSIDE, 0.3, 0.3, 0.3);
        }
        ClaimsSummary.ClaimResult claim = result(summarize(), Claim.MULTIMODAL_BEATS_TEXT);
        ClaimsSummary.Difference difference =
                claim.comparisons().get(0).differences().get(0);
        assertEquals(Metric.L1_INSIDE, difference.metric());
        assertEquals(0.5 / 3, difference.improvement().value(), 1e-9);
        assertEquals(ClaimVerdict.SUPPORTED, difference.verdict());
        assertEquals(ClaimVerdict.NOT_MEASURED, claim.verdict(), "the deciding metric is the success rate");
    }

    @Test
    void comparesSeedsWithABaselineThatHasNone() {
        for (int seed = 1; seed <= 2; seed++)
            add(ClaimVariant.WITHOUT_SUBJECT_EDITS, seed, NanoSuite.SUBJECT_ADD, Metric.SUCCESS, 1, 0, 1);
        add("copy-source", NanoSuite.SUBJECT_ADD, Metric.SUCCESS, 0, 0, 0);
        ClaimsSummary summary = summarize();
        ClaimsSummary.Difference difference =
                result(summary, Claim.SUBJECT_EDITING_EMERGES).deciding().orElseThrow();
        assertEquals(2 / 3.0, difference.treatment(), 1e-9);
        assertEquals(0, difference.control());
        assertEquals(
                List.of("without-subject-edits", "copy-source"),
                summary.tasks().get(ClaimTask.SUBJECT_EDITING).stream()
                        .map(ClaimsSummary.Row::name)
                        .toList());
        assertTrue(ClaimsTable.render(summary, 2).contains("+66.7 %"), ClaimsTable.render(summary, 2));
    }

    @Test
    void comparesOnlySamplesThatBothHave() {
        add(ClaimVariant.JOINT, 1, NanoSuite.EDIT, Metric.SUCCESS, 1, 1);
        add(ClaimVariant.EDITING_ONLY, 1, NanoSuite.EDIT, Metric.SUCCESS, 1);
        add(ClaimVariant.JOINT, 2, NanoSuite.EDIT, Metric.SUCCESS, 1, 1);
        add(ClaimVariant.EDITING_ONLY, 2, NanoSuite.EDIT, Metric.SUCCESS, 1);
        assertEquals(
                0,
                result(summarize(), Claim.JOINT_HELPS_EDITING)
                        .deciding()
                        .orElseThrow()
                        .improvement()
                        .value());
    }

    @Test
    void resamplesSeedsAndSamples() {
        BootstrapEstimate sameSeeds = ClaimsSummary.bootstrap(new double[][] {{0, 1, 0, 1}, {0, 1, 0, 1}});
        assertEquals(0.5, sameSeeds.value());
        assertEquals(0, sameSeeds.low());
        assertEquals(1, sameSeeds.high());
        BootstrapEstimate differentSeeds = ClaimsSummary.bootstrap(new double[][] {{0, 0}, {1, 1}});
        assertEquals(0.5, differentSeeds.value());
        assertEquals(0, differentSeeds.low());
        assertEquals(1, differentSeeds.high());
    }
}
