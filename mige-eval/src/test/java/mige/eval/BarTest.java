package mige.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import mige.data.Kind;
import mige.data.Split;
import org.junit.jupiter.api.Test;

class BarTest {

    @Test void dividesByTheFramingRowOverTheSameQuestions() {
        List<Score> scores = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            scores.add(score("nano", "edit-" + i, Suite.EDIT, Split.SEEN, Map.of(Figure.L1_OUTSIDE, 0.03)));
            scores.add(score("oracle", "edit-" + i, Suite.EDIT, Split.SEEN, Map.of(Figure.L1_OUTSIDE, 0.02)));
        }
        scores.add(score("oracle", "edit-9", Suite.EDIT, Split.SEEN, Map.of(Figure.L1_OUTSIDE, 100.0)));
        Bar.Verdict verdict = verdict("edit: L1 outside", scores);
        assertEquals(1.5, verdict.estimate().orElseThrow().value(), 1e-9);
        assertEquals(4, verdict.estimate().orElseThrow().items());
    }

    @Test void countsUnseenThingsAndStylesAsUnseenSubjects() {
        List<Score> scores = new ArrayList<>();
        for (Split split : List.of(Split.SEEN, Split.UNSEEN_PAIR, Split.UNSEEN_SUBJECT, Split.UNSEEN_STYLE))
            scores.add(score("nano", "s-" + split, Suite.SUBJECT_ONE, split, Map.of(Figure.IDENTITY, split == Split.SEEN || split == Split.UNSEEN_PAIR ? 1.0 : 0.0)));
        assertTrue(verdict("subject generation: identity among 50, seen", scores).surely());
        Bar.Verdict unseen = verdict("subject generation: identity among 50, unseen", scores);
        assertEquals(0, unseen.estimate().orElseThrow().value());
        assertEquals("missed", unseen.word());
    }

    @Test void saysWhenTheIntervalReachesOverTheBar() {
        List<Score> scores = new ArrayList<>();
        for (int i = 0; i < 40; i++) scores.add(score("nano", "edit-" + i, Suite.EDIT, Split.SEEN, Map.of(Figure.SUCCESS, i < 29 ? 1.0 : 0.0)));
        assertEquals("reached, within chance", verdict("edit: success", scores).word());
    }

    @Test void doesNotReachWhatWasNotMeasured() {
        Bar.Verdict verdict = verdict("subject add/replace: success", List.of());
        assertEquals("not measured", verdict.word());
        assertFalse(verdict.reached());
    }

    private static Bar.Verdict verdict(String what, List<Score> scores) {
        return Bar.ALL_BARS.stream().filter(b -> b.what().startsWith(what)).findFirst().orElseThrow().judge("nano", scores);
    }

    static Score score(String row, String question, Suite suite, Split split, Map<Figure, Double> figures) {
        return new Score(row, "test", question, 0, suite, Kind.ADD, split, figures);
    }
}
