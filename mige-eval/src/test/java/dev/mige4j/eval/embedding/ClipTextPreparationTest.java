package dev.mige4j.eval.embedding;

import static dev.mige4j.eval.embedding.ClipTextPreparation.HUB;
import static dev.mige4j.eval.embedding.ClipTextPreparation.OPENAI;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ClipTextPreparationTest {

    @Test
    void hubKeepsLeadingSpaceAndHtml() {
        assertEquals(" fish &amp; chips ", HUB.prepare("\n Fish &amp;  Chips\t"));
    }

    @Test
    void openAiTrimsAndDecodesHtml() {
        assertEquals("fish & chips", OPENAI.prepare("\n Fish &amp;amp;  Chips\t"));
    }

    @Test
    void hubComposesAccents() {
        assertEquals("caf\u00E9", HUB.prepare("Cafe\u0301"));
    }

    @Test
    void hubLowersEachCharacterByItself() {
        assertEquals("\u03B1\u03C3 i\u0307", HUB.prepare("\u0391\u03A3 \u0130"));
    }

    /** Expected values printed by Python 3.11. */
    @Test
    void openAiLowersSigmaAtTheEndOfAWordAsPythonDoes() {
        assertEquals(
                "\u03B1\u03C2 \u03C3 \u03B1\u03C3\u03B2", OPENAI.prepare("\u0391\u03A3 \u03A3 \u0391\u03A3\u0392"));
        assertEquals("\u03B1\u03C3..\u03B2", OPENAI.prepare("\u0391\u03A3..\u0392"));
        assertEquals("\u03B1\u03C2-\u03B2", OPENAI.prepare("\u0391\u03A3-\u0392"));
        assertEquals("\u03B1.\u03C2", OPENAI.prepare("\u0391.\u03A3"));
    }
}
