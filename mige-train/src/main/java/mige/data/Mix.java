package mige.data;

import java.util.EnumMap;
import java.util.Map;

/**
 * How often each kind is drawn, and how hard the examples are.
 *
 * @param weights      relative shares; a kind that is not named is not drawn
 * @param hueShare     share of subjects whose hue is turned, so that the name does not tell the look
 * @param plain        true: one thing, clear day or one plain phrase, plain scenes first: the first part of a training
 * @param sourceMarker false: edits do not show their source as a reference (ablation J-text)
 */
public record Mix(Map<Kind, Double> weights, double hueShare, boolean plain, boolean sourceMarker) {

    /** All tasks in the shares of the corpus. */
    public static final Mix JOINT = new Mix(shares(1, 1, 1), 0.25, false, true);
    /** The first 15 % of a training: one thing and plain names. */
    public static final Mix FIRST = new Mix(without(JOINT.weights, Kind.SUBJECT_2, Kind.SUBJECT_3), 0.1, true, true);
    /** Ablation S: subject generation only. */
    public static final Mix SUBJECT = new Mix(shares(1, 0, 0), 0.25, false, true);
    /** Ablation E: edits only. */
    public static final Mix EDIT = new Mix(shares(0, 1, 0), 0.25, false, true);
    /** Ablation J-: subject and edit, no subject edit (U6 tests that). */
    public static final Mix WITHOUT_SUBJECT_EDIT = new Mix(shares(1, 1, 0), 0.25, false, true);

    public Mix {
        weights = new EnumMap<>(weights);
        if (weights.values().stream().noneMatch(w -> w > 0))
            throw new mige.tensor.UsageException("The mix names no kind with a weight above 0; the kinds are %s", java.util.Arrays.toString(Kind.values()));
    }

    private static Map<Kind, Double> shares(double subject, double edit, double both) {
        Map<Kind, Double> w = new EnumMap<>(Kind.class);
        double[] all = {24, 12, 4, 6, 6, 6, 5, 4, 5, 4, 4, 5, 1.5, 1.5, 6, 6};
        for (Kind k : Kind.values()) {
            double share = all[k.ordinal()] * switch (k.task()) {
                case "subject" -> subject;
                case "edit" -> edit;
                default -> both;
            };
            if (share > 0) w.put(k, share);
        }
        return w;
    }

    private static Map<Kind, Double> without(Map<Kind, Double> from, Kind... left) {
        Map<Kind, Double> w = new EnumMap<>(from);
        for (Kind k : left) w.remove(k);
        return w;
    }

    /** The same mix with other shares. */
    public Mix weighing(Map<Kind, Double> weights) {
        return new Mix(weights, hueShare, plain, sourceMarker);
    }

    Kind draw(Dice dice) {
        Kind[] kinds = weights.keySet().toArray(new Kind[0]);
        double[] w = new double[kinds.length];
        for (int i = 0; i < w.length; i++) w[i] = weights.get(kinds[i]);
        return kinds[dice.weighted(w)];
    }
}
