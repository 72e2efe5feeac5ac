package dev.mige4j.eval.benchmark;

import java.util.Set;

/**
 * A part of a suite that papers report by itself, such as the 3,055 items of Emu Edit without the task {@code text}.
 *
 * @param suite label of the suite
 * @param label short name, such as {@code without text}
 * @param kinds the kinds that belong to it; empty: all
 * @param splits the splits that belong to it; empty: all
 */
public record ScoreSubset(String suite, String label, Set<String> kinds, Set<String> splits) {

    public ScoreSubset {
        kinds = Set.copyOf(kinds);
        splits = Set.copyOf(splits);
    }

    /** Whether a score belongs to it. */
    public boolean contains(Score score) {
        return score.suite().equals(suite) && contains(score.kind(), score.split());
    }

    /** Whether turns of this kind and split of its suite belong to it. */
    public boolean contains(String kind, String split) {
        return (kinds.isEmpty() || kinds.contains(kind)) && (splits.isEmpty() || splits.contains(split));
    }
}
