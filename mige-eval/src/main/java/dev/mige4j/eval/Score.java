package dev.mige4j.eval;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import java.util.Map;

/**
 * What was measured of one answer: a line of {@code scores.jsonl}.
 *
 * @param row name of the entrant
 * @param provenance {@link ModelUnderTest#provenance} and the conditions of measuring
 * @param sample its id
 * @param turn from 0; above 0 in chains only
 * @param metrics only what could be measured
 */
public record Score(
        String row,
        @JsonProperty("made_by") String provenance,
        String sample,
        int turn,
        BenchmarkSuite suite,
        TaskKind kind,
        Split split,
        Map<Metric, Double> metrics) {

    /** Whether its subject (thing or style) is held out of training. */
    boolean unseenSubject() {
        return split == Split.UNSEEN_SUBJECT || split == Split.UNSEEN_STYLE;
    }

    String key() {
        return row + "\n" + provenance + "\n" + sample + "\n" + turn;
    }
}
