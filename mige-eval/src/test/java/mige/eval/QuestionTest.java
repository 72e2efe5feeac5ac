package mige.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import mige.data.Corpus;
import mige.data.Item;
import mige.data.Kind;
import mige.data.Split;
import org.junit.jupiter.api.Test;

class QuestionTest {

    @Test void asksWhatTheBenchHolds() {
        Set<String> ids = new HashSet<>();
        for (Suite suite : Suite.values()) {
            List<Question> all = Question.nano(suite, 1000);
            assertEquals(suite == Suite.MULTI_TURN ? 50 : 200, all.size());
            all.forEach(q -> assertTrue(ids.add(q.id())));
            assertEquals(all.size() / 2, all.stream().filter(q -> q.turns().get(0).split() == Split.SEEN).count());
            assertTrue(all.stream().allMatch(q -> suite.generates() == (q.turns().get(0).source() == null)));
            assertEquals(all.subList(0, 7), Question.nano(suite, 7));
        }
    }

    @Test void linksTheTurnsOfAChain() {
        for (Question q : Question.nano(Suite.MULTI_TURN, 50)) {
            assertTrue(q.turns().size() >= 2 && q.turns().size() <= 4);
            for (int i = 1; i < q.turns().size(); i++) assertEquals(q.turns().get(i - 1).target(), q.turns().get(i).source());
        }
    }

    /** The judge puts other scenes in the caption's words. */
    @Test void findsTheScenesWordsInTheCaption() {
        for (Suite suite : Suite.values()) for (Question q : Question.nano(suite, 1000)) for (Item item : q.turns())
            if (suite.generates() || item.kind() == Kind.BACKGROUND)
                assertTrue(item.targetCaption().contains(Corpus.scenes().get(item.target().scene())), item.targetCaption());
    }
}
