package dev.mige4j.train.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CorpusDatasetTest {

    private static final Corpus CORPUS = ShapeCorpus.of(32);
    private static final Tokenizer TOKENIZER = Tokenizer.read(TokenizerBuilder.build(List.of("add to"), 120), "test");

    private static TrainingDataset open(CorpusDataset.Config config) {
        return config.open(new DatasetContext(ModelConfig.TINY, TOKENIZER, 5, Path.of("."), () -> CORPUS));
    }

    @Test
    void aShareOfTheExamplesAreEditsUnderTheVariedRules() {
        TrainingDataset mixed = open(new CorpusDataset.Config(false, CorpusRules.STRICT, 0.25));
        for (int i = 0; i < 8; i++) {
            Corpus corpus = CORPUS.withMix(i % 4 == 3 ? TaskMix.VARIED_EDITS : TaskMix.STRICT);
            Example expected = corpus.example(Split.TRAIN, 5, i);
            TrainingExample example = mixed.example(i);
            assertEquals(expected.target(), example.target().image());
            assertTrue(i % 4 != 3 || expected.source().isPresent());
            assertEquals((i % 4 == 3 ? "varied_" : "") + expected.task(), example.task());
            assertEquals(expected.spec().kind().label(), example.group());
            assertArrayEquals(
                    corpus.patchCorrespondence(expected.spec(), 4),
                    example.patchCorrespondence().apply(4));
        }
    }

    @Test
    void anyShareIsSpreadEvenly() {
        var config = new CorpusDataset.Config(false, CorpusRules.STRICT, 0.3);
        for (int first : new int[] {0, 10, 70})
            assertEquals(
                    3,
                    IntStream.range(first, first + 10)
                            .filter(i -> config.rulesOf(i) == CorpusRules.VARIED)
                            .count());
    }

    @Test
    void orientationIsMatchedUnderTheRulesOfEachExample() {
        TrainingDataset mixed = open(new CorpusDataset.Config(true, CorpusRules.STRICT, 0.5));
        Corpus varied = CORPUS.withMix(TaskMix.VARIED_EDITS);
        for (int i = 0; i < 40; i++)
            assertEquals(
                    i % 2 == 0 || Corpus.matchesOrientation(varied.exampleSpec(Split.TRAIN, 5, i)),
                    mixed.isUsedForTraining(i));
    }

    @Test
    void featuresOfAnotherShareAreOthers() {
        assertEquals("corpus-strict", new CorpusDataset.Config(true, CorpusRules.STRICT, 0).cacheKey());
        assertNotEquals(
                new CorpusDataset.Config(true, CorpusRules.STRICT, 0.5).cacheKey(),
                new CorpusDataset.Config(true, CorpusRules.STRICT, 0.25).cacheKey());
    }

    @Test
    void refusesAShareThatIsNone() {
        assertThrows(UsageException.class, () -> new CorpusDataset.Config(true, CorpusRules.STRICT, 1.5));
        var e = assertThrows(UsageException.class, () -> new CorpusDataset.Config(true, CorpusRules.VARIED, 0.5));
        assertEquals(
                "variedShare is 0.5, but with the rules VARIED all examples are varied; set rules to STRICT.",
                e.getMessage());
    }
}
