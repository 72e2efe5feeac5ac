package mige.data;

/** A corpus of hand-made drawings for tests outside of this package. */
public final class ShapeCorpus {

    private ShapeCorpus() {}

    public static Corpus of(int size) {
        return Corpus.of(Shapes.sprites(), size, Mix.JOINT);
    }
}
