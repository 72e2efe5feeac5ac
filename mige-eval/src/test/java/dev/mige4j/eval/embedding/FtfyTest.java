package dev.mige4j.eval.embedding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Expected values printed by ftfy 6.3.1. */
class FtfyTest {

    @Test
    void decodesReferencesWithSemicolonAndThoseInCapitals() {
        assertEquals("\u00F1 \u00D1 \u00D1", Ftfy.fixText("&ntilde; &Ntilde; &NTILDE;"));
        assertEquals("&copy 2024 &#59; &#65x;", Ftfy.fixText("&copy 2024 &#59; &#65x;"));
        assertEquals("&", Ftfy.fixText("&amp;amp;amp;"));
    }

    @Test
    void leavesReferencesFromTheFirstLineWithATagOn() {
        assertEquals("&\n<b>&amp;\n&amp;", Ftfy.fixText("&amp;\n<b>&amp;\n&amp;"));
    }

    @Test
    void readsControlCharactersAsWindows1252() {
        assertEquals("\u20AC\u2026 \u0081", Ftfy.fixText("\u0080\u0085 \u0081"));
    }

    @Test
    void splitsLigaturesAndDigraphs() {
        assertEquals(
                "IJij'n D\u017Ed\u017E LJ dz ffi\u017Ftst",
                Ftfy.fixText("\u0132\u0133\u0149 \u01C5\u01C6 \u01C7 \u01F3 \uFB03\uFB05\uFB06"));
    }

    @Test
    void changesFullAndHalfWidthFormsToUsualOnes() {
        assertEquals("A! \u30C0", Ftfy.fixText("\uFF21\uFF01\u3000\uFF80\uFF9E"));
    }

    @Test
    void straightensQuotes() {
        assertEquals("'a' \"b\" 'c \"d", Ftfy.fixText("\u2018a\u2019 \u201Cb\u201D \u02BCc \u201Ed"));
    }

    @Test
    void usesOneKindOfLineBreak() {
        assertEquals("a\nb\nc\nd\ne", Ftfy.fixText("a\r\nb\rc\u2028d\u2029e"));
    }

    @Test
    void removesTerminalEscapesAndControlCharacters() {
        assertEquals("red\tx", Ftfy.fixText("\u001B[31;1mred\u001B[0m\0\u0007\t\u000B\uFEFFx\u007F"));
        assertEquals("[31", Ftfy.fixText("\u001B[31"));
    }
}
