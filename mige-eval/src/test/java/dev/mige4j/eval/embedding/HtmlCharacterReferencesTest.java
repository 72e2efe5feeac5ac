package dev.mige4j.eval.embedding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected values printed by Python 3.11's {@code html.unescape}. */
class HtmlCharacterReferencesTest {

    @Test
    void knowsAllNamesOfHtml() {
        assertEquals(2231, HtmlCharacterReferences.names().size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    &amp;lt; | &lt;
                    &amp | &
                    &copy 2024 | © 2024
                    &notit; | ¬it;
                    &notin; | ∉
                    &fjlig; | fj
                    &unknown; | &unknown;
                    R&D | R&D
                    &CounterClockwiseContourIntegral; | ∳
                    &#65;&#x42;&#X43 | ABC
                    &#128;&#x99; | €™
                    &#0;&#xD800;&#x110000;&#99999999999999999999; | \uFFFD\uFFFD\uFFFD\uFFFD
                    a&#1;&#xFFFF;&#x7f;b | ab
                    &#x1F600; | \uD83D\uDE00
                    &#; &#x; & ; | &#; &#x; & ;
                    """)
    void decodes(String text, String expected) {
        assertEquals(expected, HtmlCharacterReferences.unescape(text));
    }
}
