package dev.mige4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContactSheetTest {

    private static final Corpus CORPUS = ShapeCorpus.of(64);

    @Test
    void fiveExamplesInTwoColumnsNeedThreeRows() {
        List<Example> examples = IntStream.range(0, 5)
                .mapToObj(i -> CORPUS.example(Split.TRAIN, 1, i))
                .toList();
        int oneRow = ContactSheet.of(examples.subList(0, 2), 2).height();
        assertEquals(3 * oneRow, ContactSheet.of(examples, 2).height());
    }

    @Test
    void showsExamplesOfEveryTaskKind() {
        Image sheet = ContactSheet.ofEachKind(CORPUS, Split.TRAIN, 1, 1, 16);
        assertEquals(
                ContactSheet.of(List.of(CORPUS.example(Split.TRAIN, 1, 0)), 1).height(), sheet.height());
    }
}
