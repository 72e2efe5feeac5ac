package dev.mige4j.corpus.specification;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ConceptTest {

    @Test
    void articleFollowsTheSoundOfTheName() {
        assertEquals("an owl", Concept.byName("owl").nameWithArticle());
        assertEquals("a dog", Concept.byName("dog").nameWithArticle());
        assertEquals(
                "a unicycle", new Concept("0", "unicycle", Concept.Category.OBJECT, 1, Set.of()).nameWithArticle());
    }

    @Test
    void pluralNamesTakeNoArticle() {
        assertEquals("grapes", Concept.byName("grapes").nameWithArticle());
    }

    @Test
    void articleBeforeAnAdjectiveFollowsTheAdjective() {
        assertEquals("an ", Concept.byName("dog").articleFor("orange"));
        assertEquals("a ", Concept.byName("owl").articleFor("red"));
    }
}
