package dev.mige4j.corpus.specification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SplitTest {

    @Test
    void hashesOfKeysAreStable() {
        assertEquals(6, Split.hashModulo("concept/1f415", 10));
    }

    @Test
    void aboutATenthOfTheConceptsIsHeldOut() {
        double heldOut = Concept.all().stream().filter(Split::isHeldOut).count();
        double share = heldOut / Concept.all().size();
        assertTrue(share >= 0.06 && share <= 0.14, "held out: " + share);
    }
}
