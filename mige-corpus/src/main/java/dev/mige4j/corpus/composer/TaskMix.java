package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.TaskKind;
import java.util.EnumMap;
import java.util.Map;

/**
 * How often each kind is drawn, and how hard the examples are.
 *
 * @param weights relative shares; a kind that is not named is not drawn
 * @param hueShiftProbability share of subjects whose hue is turned, so that the name does not tell the look
 * @param simpleOnly true: one thing, clear day or one plain phrase, plain scenes first: the first part of a training
 * @param sourceAsReference false: edits do not show their source as a reference (ablation J-text)
 */
public record TaskMix(
        Map<TaskKind, Double> weights, double hueShiftProbability, boolean simpleOnly, boolean sourceAsReference) {

    /** All tasks in the shares of the corpus. */
    public static final TaskMix JOINT = new TaskMix(shares(1, 1, 1), 0.25, false, true);
    /** The first 15 % of a training: one thing and plain names. */
    public static final TaskMix CURRICULUM_START =
            new TaskMix(without(JOINT.weights, TaskKind.SUBJECT_2, TaskKind.SUBJECT_3), 0.1, true, true);
    /** Ablation S: subject generation only. */
    public static final TaskMix SUBJECT_ONLY = new TaskMix(shares(1, 0, 0), 0.25, false, true);
    /** Ablation E: edits only. */
    public static final TaskMix EDIT_ONLY = new TaskMix(shares(0, 1, 0), 0.25, false, true);
    /** Ablation J-: subject and edit, no subject edit (U6 tests that). */
    public static final TaskMix WITHOUT_SUBJECT_EDIT = new TaskMix(shares(1, 1, 0), 0.25, false, true);

    public TaskMix {
        weights = new EnumMap<>(weights);
        if (weights.values().stream().noneMatch(w -> w > 0))
            throw new dev.mige4j.common.UsageException(
                    "The mix names no kind with a weight above 0; the kinds are %s",
                    java.util.Arrays.toString(TaskKind.values()));
    }

    private static Map<TaskKind, Double> shares(double subject, double edit, double subjectEdit) {
        Map<TaskKind, Double> shares = new EnumMap<>(TaskKind.class);
        double[] baseShares = {24, 12, 4, 6, 6, 6, 5, 4, 5, 4, 4, 5, 1.5, 1.5, 6, 6};
        for (TaskKind k : TaskKind.values()) {
            double share = baseShares[k.ordinal()]
                    * switch (k.task()) {
                        case "subject" -> subject;
                        case "edit" -> edit;
                        default -> subjectEdit;
                    };
            if (share > 0) shares.put(k, share);
        }
        return shares;
    }

    private static Map<TaskKind, Double> without(Map<TaskKind, Double> original, TaskKind... removed) {
        Map<TaskKind, Double> remaining = new EnumMap<>(original);
        for (TaskKind k : removed) remaining.remove(k);
        return remaining;
    }

    TaskKind sample(RandomStream random) {
        TaskKind[] kinds = weights.keySet().toArray(new TaskKind[0]);
        double[] w = new double[kinds.length];
        for (int i = 0; i < w.length; i++) w[i] = weights.get(kinds[i]);
        return kinds[random.weightedIndex(w)];
    }
}
