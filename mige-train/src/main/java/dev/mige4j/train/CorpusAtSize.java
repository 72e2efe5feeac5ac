package dev.mige4j.train;

import dev.mige4j.corpus.Corpus;
import java.util.function.IntFunction;

/** Opens the corpus at an image size when it is first needed: a training whose images are cached needs no assets. */
final class CorpusAtSize {

    private final IntFunction<Corpus> opener;
    private final int imageSize;
    private Corpus corpus;

    CorpusAtSize(IntFunction<Corpus> opener, int imageSize) {
        this.opener = opener;
        this.imageSize = imageSize;
    }

    synchronized Corpus get() {
        if (corpus == null) corpus = opener.apply(imageSize);
        return corpus;
    }
}
