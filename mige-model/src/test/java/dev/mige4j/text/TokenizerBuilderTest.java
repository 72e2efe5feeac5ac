package dev.mige4j.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TokenizerBuilderTest {
    final List<String> texts = List.of(
            "Edit:\n make the red ball in<imagehere> blue",
            "a photo of <imagehere>, the dog's ball and a mushroom",
            "a red mushroom beside <imagehere> on the grass",
            "replace the ball in <imagehere> with <imagehere>");
    final Tokenizer tokenizer = Tokenizer.read(TokenizerBuilder.build(texts, 200), "small");

    @Test
    void encodesAKnownWordAsOneToken() {
        assertEquals(List.of("▁replace", "▁the", "▁mushroom", "▁"), pieces("replace the mushroom "));
        assertEquals(List.of("▁Edit", ":", "▁make"), pieces("Edit:\n make"));
        assertEquals(List.of("▁dog", "'", "s", "▁ball", ","), pieces("dog's ball,"));
    }

    @Test
    void splitsAnUnknownWordIntoSubwords() {
        assertTrue(pieces("grassball").size() < 5, pieces("grassball").toString());
        assertEquals(
                List.of(),
                pieces("zebra <xyz> 17 % VERY odd").stream()
                        .filter("<unk>"::equals)
                        .toList());
        assertEquals(List.of("▁", "<unk>"), pieces("日本"));
    }

    @Test
    void ordersSpecialIdsLikeT5() {
        assertArrayEquals(new int[] {0, 1, 2}, new int[] {tokenizer.padId(), tokenizer.eosId(), tokenizer.unkId()});
        assertArrayEquals(new int[] {3}, tokenizer.encode(" "));
        assertArrayEquals(new int[] {1, 299}, tokenizer.encode("</s><extra_id_0>"));
        assertEquals(300, tokenizer.vocabularySize());
    }

    @Test
    void treatsAllWhitespaceAsSpace() {
        assertArrayEquals(tokenizer.encode("the red ball"), tokenizer.encode("the\tred\u00a0\u3000 ball"));
    }

    @Test
    void isIndependentOfTheOrderOfTexts() {
        List<String> shuffled = new ArrayList<>(texts);
        Collections.reverse(shuffled);
        assertArrayEquals(TokenizerBuilder.build(texts, 200), TokenizerBuilder.build(shuffled, 200));
    }

    @Test
    void rejectsATooSmallVocabulary() {
        var e = assertThrows(UsageException.class, () -> TokenizerBuilder.build(texts, 50));
        assertTrue(e.getMessage().startsWith("A vocabulary of 50 pieces has no room for words"), e.getMessage());
    }

    List<String> pieces(String text) {
        return Arrays.stream(tokenizer.encode(text))
                .mapToObj(tokenizer::idToPiece)
                .collect(Collectors.toList());
    }
}
