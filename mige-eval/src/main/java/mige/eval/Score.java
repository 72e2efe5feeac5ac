package mige.eval;

import java.util.Map;

import com.fasterxml.jackson.annotation.JsonProperty;

import mige.data.Kind;
import mige.data.Split;

/**
 * What was measured of one answer: a line of {@code scores.jsonl}.
 *
 * @param row      name of the entrant
 * @param madeBy   {@link Entrant#madeBy} and the conditions of measuring
 * @param question its id
 * @param turn     from 0; above 0 in chains only
 * @param figures  only what could be measured
 */
public record Score(String row, @JsonProperty("made_by") String madeBy, String question, int turn, Suite suite, Kind kind, Split split, Map<Figure, Double> figures) {

    /** Whether its subject (thing or style) is held out of training. */
    boolean unseenSubject() {
        return split == Split.UNSEEN_SUBJECT || split == Split.UNSEEN_STYLE;
    }

    String key() {
        return row + "\n" + madeBy + "\n" + question + "\n" + turn;
    }
}
