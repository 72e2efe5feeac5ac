package dev.mige4j.eval.claims;

import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.nano.NanoSuite;
import java.util.List;

/** A task of the paper with the suites and metrics that measure it. The first metric decides about a claim. */
public enum ClaimTask {
    SUBJECTS(
            "subject-driven generation",
            List.of(NanoSuite.SINGLE_SUBJECT, NanoSuite.MULTI_SUBJECT),
            List.of(Metric.IDENTITY, Metric.SUCCESS, Metric.CLIP_I, Metric.CLIP_T, Metric.HELD_OUT_LOSS),
            "subject"),
    EDITING(
            "instruction-based editing",
            List.of(NanoSuite.EDIT),
            List.of(Metric.SUCCESS, Metric.L1_INSIDE, Metric.CLIP_I, Metric.CLIP_T, Metric.HELD_OUT_LOSS),
            "edit"),
    SUBJECT_EDITING(
            "subject-driven editing",
            List.of(NanoSuite.SUBJECT_ADD, NanoSuite.SUBJECT_REPLACE),
            List.of(Metric.SUCCESS, Metric.IDENTITY, Metric.L1_INSIDE, Metric.CLIP_I, Metric.HELD_OUT_LOSS),
            "subject_edit");
    private final String title, trainingTask;

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<NanoSuite> suites;

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<Metric> metrics;

    ClaimTask(String title, List<NanoSuite> suites, List<Metric> metrics, String trainingTask) {
        this.title = title;
        this.suites = suites;
        this.metrics = metrics;
        this.trainingTask = trainingTask;
    }

    /** The task in words. */
    public String title() {
        return title;
    }

    /** The suites whose samples are taken together. */
    public List<NanoSuite> suites() {
        return suites;
    }

    /** The metrics that are reported; the first one decides. */
    public List<Metric> metrics() {
        return metrics;
    }

    /** The name in a {@link dev.mige4j.train.HeldOutLoss}. */
    String trainingTask() {
        return trainingTask;
    }

    boolean contains(Score score) {
        return suites.stream().anyMatch(suite -> suite.label().equals(score.suite()));
    }
}
