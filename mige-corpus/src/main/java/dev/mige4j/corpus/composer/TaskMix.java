package dev.mige4j.corpus.composer;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.TaskKind;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * How often each task kind is sampled, and how difficult the examples are.
 *
 * @param weights relative shares; kinds without an entry are not sampled
 * @param hueShiftProbability share of subjects with a rotated hue, so that the name alone does not determine the
 *     appearance
 * @param simpleOnly whether all examples are simple, for the start of training: one object, mostly clear days, the
 *     default phrase of a scene, references without a scene
 * @param sourceAsReference whether edits show their source as a reference; false is an ablation
 * @param rules decides what instructions and images leave open
 */
public record TaskMix(
        Map<TaskKind, Double> weights,
        double hueShiftProbability,
        boolean simpleOnly,
        boolean sourceAsReference,
        CorpusRules rules) {

    /** All tasks. */
    public static final TaskMix JOINT = new TaskMix(shares(1, 1, 1), 0.25, false, true, CorpusRules.VARIED);
    /** For the first 15 % of training: simple examples with at most one subject. */
    public static final TaskMix CURRICULUM_START = new TaskMix(
            without(JOINT.weights, TaskKind.SUBJECT_2, TaskKind.SUBJECT_3), 0.1, true, true, CorpusRules.VARIED);
    /** Ablation: subject-driven generation only. */
    public static final TaskMix SUBJECT_ONLY = new TaskMix(shares(1, 0, 0), 0.25, false, true, CorpusRules.VARIED);
    /** Ablation: instruction-based editing only. */
    public static final TaskMix EDIT_ONLY = new TaskMix(shares(0, 1, 0), 0.25, false, true, CorpusRules.VARIED);
    /** Ablation: both, without subject-driven edits, which are then tested as an unseen combination. */
    public static final TaskMix WITHOUT_SUBJECT_EDIT =
            new TaskMix(shares(1, 1, 0), 0.25, false, true, CorpusRules.VARIED);

    /** All tasks but three subjects under {@link CorpusRules#STRICT}, most of them with one subject. */
    public static final TaskMix STRICT = new TaskMix(strictShares(), 0.25, false, true, CorpusRules.STRICT);

    /** All edits of {@link #JOINT}, with and without a subject: the source shows the sizes and places that vary. */
    public static final TaskMix VARIED_EDITS =
            new TaskMix(shares(0, 1, 1), JOINT.hueShiftProbability, false, true, CorpusRules.VARIED);

    public TaskMix {
        weights = new EnumMap<>(weights);
        if (weights.values().stream().noneMatch(w -> w > 0))
            throw new UsageException(
                    "The task mix has no kind with a weight above 0; the kinds are %s.",
                    Arrays.toString(TaskKind.values()));
    }

    private static Map<TaskKind, Double> shares(double subject, double edit, double subjectEdit) {
        Map<TaskKind, Double> shares = new EnumMap<>(TaskKind.class);
        for (TaskKind kind : TaskKind.values()) {
            double share = baseShare(kind)
                    * switch (kind.task()) {
                        case "subject" -> subject;
                        case "edit" -> edit;
                        default -> subjectEdit;
                    };
            if (share > 0) shares.put(kind, share);
        }
        return shares;
    }

    private static double baseShare(TaskKind kind) {
        return switch (kind) {
            case SUBJECT_1 -> 24;
            case SUBJECT_2 -> 12;
            case SUBJECT_3, TEXTURE, TIME, WEATHER -> 4;
            case ADD, REMOVE, REPLACE, SUBJECT_ADD, SUBJECT_REPLACE -> 6;
            case COLOUR, BACKGROUND, STYLE -> 5;
            case MOVE, RESIZE -> 1.5;
        };
    }

    private static Map<TaskKind, Double> strictShares() {
        Map<TaskKind, Double> shares = new EnumMap<>(TaskKind.class);
        for (TaskKind kind : TaskKind.values()) {
            double share =
                    switch (kind) {
                        case SUBJECT_1 -> 30;
                        case SUBJECT_2 -> 12;
                        case SUBJECT_3 -> 0;
                        case SUBJECT_ADD, SUBJECT_REPLACE -> 10;
                        case ADD, REPLACE -> 7;
                        case REMOVE, COLOUR, BACKGROUND -> 5;
                        case STYLE -> 4;
                        case TEXTURE, TIME, WEATHER -> 3;
                        case MOVE, RESIZE -> 0.5;
                    };
            if (share > 0) shares.put(kind, share);
        }
        return shares;
    }

    private static Map<TaskKind, Double> without(Map<TaskKind, Double> original, TaskKind... removed) {
        Map<TaskKind, Double> remaining = new EnumMap<>(original);
        for (TaskKind kind : removed) remaining.remove(kind);
        return remaining;
    }

    /** All tasks under these rules: {@link #JOINT} or {@link #STRICT}. */
    public static TaskMix allTasks(CorpusRules rules) {
        return switch (rules) {
            case VARIED -> JOINT;
            case STRICT -> STRICT;
        };
    }

    TaskKind sample(RandomStream random) {
        TaskKind[] kinds = weights.keySet().toArray(new TaskKind[0]);
        return kinds[
                random.weightedIndex(
                        Arrays.stream(kinds).mapToDouble(weights::get).toArray())];
    }
}
