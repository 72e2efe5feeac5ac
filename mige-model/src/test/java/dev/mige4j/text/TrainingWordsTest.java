package dev.mige4j.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrainingWordsTest {

    private final TrainingWords words = TrainingWords.of(
            List.of("Add a dog to<imagehere>", "Add cherries, glasses and an apple", "A four-leaf clover"));

    @Test
    void listsTheMostFrequentWordsFirst() {
        assertEquals(
                List.of("a", "add", "an", "and", "apple", "cherries", "clover", "dog", "four", "glasses", "leaf", "to"),
                words.words());
    }

    @Test
    void letterCasePluralAndPossessiveDoNotMatter() {
        for (String word :
                List.of("dog", "DOG", "dogs", "dog's", "dog\u2019s", "cherry", "cherries", "glass", "apples"))
            assertTrue(words.contains(word), word);
        for (String word : List.of("cat", "dogged", "s", "app", "do")) assertFalse(words.contains(word), word);
    }

    @Test
    void splitsAtEverythingButLettersDigitsAndPictographs() {
        assertEquals(
                List.of("Put", "the", "dog's", "red", "hat", "on", "it", "2", "\u732b"),
                TrainingWords.split("Put the dog's \"red-hat\" on<imagehere>, it! (2) \u732b \u2026"));
        assertEquals(
                List.of("\uD83D\uDC31\u200D\uD83D\uDC64", "dog"),
                TrainingWords.split("\uD83D\uDC31\u200D\uD83D\uDC64dog"));
        assertEquals(List.of("dog"), TrainingWords.split("\uFF44\uFF4F\uFF47")); // full-width letters
    }

    @Test
    void suggestsAWordOnlyForALikelySpellingMistake() {
        assertEquals(Optional.of("apple"), words.nearest("aple"));
        assertEquals(Optional.of("cherries"), words.nearest("Cheries"));
        assertEquals(Optional.empty(), words.nearest("dig"));
        assertEquals(Optional.empty(), words.nearest("zxqv"));
        assertEquals(Optional.empty(), TrainingWords.UNKNOWN.nearest("aple"));
    }
}
