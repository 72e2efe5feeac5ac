package dev.mige4j.eval.embedding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.mige4j.common.UsageException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids that are written out here are those of the published tokenizers. */
class ClipTokenizerTest {

    private final ClipTokenizer hub = new ClipTokenizer(ClipTextPreparation.HUB),
            openAi = new ClipTokenizer(ClipTextPreparation.OPENAI);

    @Test
    void encodesPlainEnglishTheSameBothWays() {
        int[] ids = {49406, 320, 1929, 530, 518, 2583, 49407};
        assertArrayEquals(ids, hub.encode("a dog in the snow"));
        assertArrayEquals(ids, openAi.encode(" A  dog in the\nsnow"));
    }

    @Test
    void encodesCurlyQuotesDifferently() {
        assertArrayEquals(new int[] {49406, 847, 728, 503, 339, 49407}, hub.encode("don’t"));
        assertArrayEquals(new int[] {49406, 847, 713, 49407}, openAi.encode("don’t"));
    }

    @Test
    void ignoresCaseInContractionsOnlyInTheWayOfOpenAi() {
        assertArrayEquals(new int[] {49406, 585, 262, 129, 379, 49407}, hub.encode("it'\u017F"));
        assertArrayEquals(new int[] {49406, 585, 6, 129, 379, 49407}, openAi.encode("it'\u017F"));
    }

    @Test
    void encodesNamesOfSpecialTokensAsTheseTokens() {
        assertArrayEquals(
                new int[] {49406, 320, 2368, 49407, 320, 1929, 49407}, hub.encode("a cat <|endoftext|> a dog"));
    }

    @Test
    void cutsLongTextsButKeepsTheEnd() {
        int[] ids = hub.encode("dog ".repeat(200));
        assertEquals(77, ids.length);
        assertEquals(ClipTokenizer.START, ids[0]);
        assertEquals(1929, ids[75]);
        assertEquals(ClipTokenizer.END, ids[76]);
        assertEquals(202, hub.countTokens("dog ".repeat(200)));
    }

    @Test
    void acceptsSeventySevenTokensWithoutTruncation() {
        String text = "dog ".repeat(75);
        assertArrayEquals(openAi.encode(text), openAi.encodeWithoutTruncation(text));
    }

    @Test
    void refusesMoreTokensWithoutTruncation() {
        var e = assertThrows(UsageException.class, () -> openAi.encodeWithoutTruncation("dog ".repeat(76)));
        assertEquals(
                "The text 'dog dog dog dog dog dog dog dog dog dog dog dog dog dog dog ...' has 78 tokens, and CLIP"
                        + " reads 77; shorten it.",
                e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void replacesLoneSurrogates(ClipTextPreparation preparation) {
        assertEquals("a\uFFFDb", preparation.prepare("a\uD83Db"));
        assertEquals("\uFFFD", preparation.prepare("\uDE00"));
        assertEquals("\uD83D\uDE00", preparation.prepare("\uD83D\uDE00"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\t\u3000"})
    void encodesNothingAsStartAndEnd(String text) {
        assertArrayEquals(new int[] {49406, 49407}, hub.encode(text));
        assertArrayEquals(new int[] {49406, 49407}, openAi.encode(text));
    }

    @ParameterizedTest
    @EnumSource
    void encodesAnyCharacters(ClipTextPreparation preparation) {
        ClipTokenizer tokenizer = new ClipTokenizer(preparation);
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = 0; n < 30; n++) text.appendCodePoint(random.nextInt(n % 2 == 0 ? 0x10FFFF : 0x300));
            int[] ids = tokenizer.encode(text.toString());
            assertEquals(ClipTokenizer.END, ids[ids.length - 1]);
        }
    }

    @ParameterizedTest
    @EnumSource
    void takesLinearTimeForHostileTexts(ClipTextPreparation preparation) {
        ClipTokenizer tokenizer = new ClipTokenizer(preparation);
        StringBuilder letters = new StringBuilder();
        new Random(1).ints(100_000, 'a', 'z' + 1).forEach(c -> letters.append((char) c));
        List<String> texts = List.of(
                letters.toString(),
                "\u03A3".repeat(100_000),
                "&" + "amp;".repeat(25_000),
                "&" + "#xFF06;amp;".repeat(10_000),
                "\u0301\u0316".repeat(50_000),
                "\u001B[".repeat(50_000),
                "\0".repeat(100_000),
                "\uD83D".repeat(100_000));
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> texts.forEach(tokenizer::countTokens));
    }
}
