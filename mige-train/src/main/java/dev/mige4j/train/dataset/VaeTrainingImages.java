package dev.mige4j.train.dataset;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.List;

/** Images of the corpus for the training of the autoencoder. */
public final class VaeTrainingImages {

    private VaeTrainingImages() {}

    /**
     * Target, source and references of the i-th example, each once. Every fourth example follows the varied rules, the
     * others the strict ones.
     */
    public static List<Image> of(Corpus corpus, long seed, int i) {
        CorpusRules rules = i % 4 == 3 ? CorpusRules.VARIED : CorpusRules.STRICT;
        Example example = corpus.withMix(TaskMix.allTasks(rules)).example(Split.TRAIN, seed, i);
        List<Image> images = new ArrayList<>(List.of(example.target()));
        example.source().ifPresent(images::add);
        example.references().stream().filter(p -> !images.contains(p)).forEach(images::add);
        return images;
    }
}
