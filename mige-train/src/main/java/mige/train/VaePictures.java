package mige.train;

import java.util.ArrayList;
import java.util.List;
import mige.data.Corpus;
import mige.data.Example;
import mige.data.Split;
import mige.image.Picture;

/** What the autoencoder has to know: the pictures of training examples, each once. */
final class VaePictures {

    private VaePictures() {}

    /** Target, source and references of the i-th example. */
    static List<Picture> of(Corpus corpus, long seed, int i) {
        Example example = corpus.example(Split.TRAIN, seed, i);
        List<Picture> pictures = new ArrayList<>(List.of(example.target()));
        example.source().ifPresent(pictures::add);
        example.references().stream().filter(p -> !pictures.contains(p)).forEach(pictures::add);
        return pictures;
    }
}
