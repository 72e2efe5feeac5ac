package dev.mige4j.eval.judge;

import dev.mige4j.eval.judge.JudgeQuestion.Criterion;
import dev.mige4j.eval.metric.Metric;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a judge is asked, and how its scores become metrics. The criteria and scales are those of the published
 * benchmarks; the words are our own, so scores compare with each other but not with published ones.
 */
public enum JudgeProtocol {
    /**
     * GEdit-Bench (arXiv 2504.17761), which scores like VIEScore (arXiv 2312.14867): two questions with two scores from
     * 0 to 10 each.
     *
     * <pre>
     *   semantic consistency = min(instruction followed, rest kept)     source and output are shown
     *   perceptual quality   = min(naturalness, absence of artifacts)   the output alone is shown
     *   overall              = sqrt(semantic consistency · perceptual quality)
     * </pre>
     *
     * <p>In generation, where nothing is edited, "rest kept" is replaced by the likeness of the subjects.
     */
    GEDIT {
        @Override
        List<JudgeQuestion> questions(JudgeItem item) {
            Criterion kept = item.isEdit()
                    ? new Criterion(
                            "rest_kept",
                            "0 if what the instruction leaves alone has become something else, 10 if nothing has"
                                    + " changed but what the instruction asks for.")
                    : new Criterion(
                            "subjects_kept",
                            "0 if the subjects of the given images cannot be recognised, 10 if they are the same"
                                    + " individuals in every detail that the instruction does not change.");
            return List.of(
                    new JudgeQuestion(
                            FOLLOWED
                                    + (item.isEdit()
                                            ? " The result can be an unchanged copy of the source; then the instruction"
                                                    + " was not followed."
                                            : ""),
                            true,
                            0,
                            10,
                            List.of(
                                    new Criterion(
                                            "instruction_followed",
                                            "0 if nothing of what the instruction asks for is in the result, 10 if all"
                                                    + " of it is there and right."),
                                    kept)),
                    new JudgeQuestion(
                            "You judge the technical quality of an image that a model has made. What it shows does not"
                                    + " matter.",
                            false,
                            0,
                            10,
                            List.of(
                                    new Criterion(
                                            "naturalness",
                                            "0 if light, shadows, sizes or distances are impossible, 10 if the image"
                                                    + " looks natural throughout."),
                                    new Criterion(
                                            "clean",
                                            "0 if it is full of distortions, blurred or broken parts, watermarks or"
                                                    + " misshapen bodies, 10 if there are none."))));
        }

        @Override
        Map<Metric, Double> metrics(List<List<Double>> answers) {
            double semantic = min(answers.get(0)), quality = min(answers.get(1));
            Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
            metrics.put(Metric.JUDGE_SEMANTIC, semantic);
            metrics.put(Metric.JUDGE_QUALITY, quality);
            metrics.put(Metric.JUDGE_OVERALL, Math.sqrt(semantic * quality));
            return metrics;
        }

        @Override
        public List<Metric> metrics() {
            return List.of(Metric.JUDGE_SEMANTIC, Metric.JUDGE_QUALITY, Metric.JUDGE_OVERALL);
        }
    },

    /**
     * ImgEdit (arXiv 2505.20275): three scores from 1 to 5, whose criteria depend on the type of edit, see
     * {@link ImgEditType}; the overall score is their mean. The judge is told that the second and third are at most the
     * first; like the authors' program, this one does not correct an answer that disregards it.
     */
    IMGEDIT {
        @Override
        List<JudgeQuestion> questions(JudgeItem item) {
            if (!item.isEdit()) return List.of();
            return List.of(new JudgeQuestion(
                    FOLLOWED + " The second and third score must not be higher than the first.",
                    true,
                    1,
                    5,
                    ImgEditType.of(item.kind()).criteria()));
        }

        @Override
        Map<Metric, Double> metrics(List<List<Double>> answers) {
            List<Double> scores = answers.get(0);
            Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
            for (int i = 0; i < scores.size(); i++) metrics.put(metrics().get(i), scores.get(i));
            metrics.put(
                    Metric.IMGEDIT,
                    scores.stream().mapToDouble(Double::doubleValue).average().orElseThrow());
            return metrics;
        }

        @Override
        public List<Metric> metrics() {
            return List.of(Metric.IMGEDIT_FIRST, Metric.IMGEDIT_SECOND, Metric.IMGEDIT_THIRD, Metric.IMGEDIT);
        }
    };

    private static final String FOLLOWED =
            "You judge how well a model has followed an instruction about images. You see"
                    + " the images that it was given, in order, and then its result.";

    /** {@code gedit} or {@code imgedit}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The questions about an item; none if the protocol is not made for it. */
    abstract List<JudgeQuestion> questions(JudgeItem item);

    /** The metrics of an item from the scores of each question. */
    abstract Map<Metric, Double> metrics(List<List<Double>> answers);

    /** The metrics that it gives each item. */
    public abstract List<Metric> metrics();

    private static double min(List<Double> scores) {
        return scores.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }
}
