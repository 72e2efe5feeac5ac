package dev.mige4j.corpus;

/** A corpus of hand-made drawings for tests outside of this package. */
public final class ShapeCorpus {

    private ShapeCorpus() {}

    public static Corpus of(int size) {
        return Corpus.of(ShapeSprites.sprites(), size, TaskMix.JOINT);
    }
}
