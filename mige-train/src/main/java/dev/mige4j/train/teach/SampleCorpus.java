package dev.mige4j.train.teach;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.sprites.MissingPackagesException;
import dev.mige4j.corpus.sprites.Sprite;
import dev.mige4j.corpus.sprites.SpriteStore;
import dev.mige4j.image.Image;
import dev.mige4j.image.SubjectCutout;
import dev.mige4j.pipeline.SampleImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The corpus of a folder, or, where its drawings were not fetched, one of the few sample images of mige-nano. */
final class SampleCorpus {

    /** The icon set from which the corpus takes objects that only the text names. */
    private static final String ICON_SET = "fluent-emoji-3d";

    private SampleCorpus() {}

    /**
     * Opens the corpus.
     *
     * @param notices gets a sentence when the folder has no drawings
     */
    static Corpus openOrSamples(Path folder, int imageSize, ProgressListener listener, List<String> notices) {
        try {
            return Corpus.open(folder, imageSize, TaskMix.STRICT, listener);
        } catch (MissingPackagesException e) {
            notices.add("The corpus is not on this machine, so only a few other subjects are trained along and more is"
                    + " forgotten; 'mige corpus fetch' downloads it.");
            return Corpus.of(SpriteStore.of(sampleSprites()), imageSize, TaskMix.STRICT);
        }
    }

    private static List<Sprite> sampleSprites() {
        List<Sprite> sprites = new ArrayList<>();
        for (SampleImage sample : SampleImage.all())
            if (Concept.byName(sample.name()) != null)
                SubjectCutout.find(sample.image()).ifPresent(cut -> sprites.add(sprite(sample.name(), cut)));
        return sprites;
    }

    private static Sprite sprite(String concept, Image cut) {
        byte[] premultiplied = cut.rgb(), alpha = cut.alpha();
        int[] argb = new int[alpha.length];
        for (int i = 0; i < argb.length; i++)
            argb[i] = (alpha[i] & 255) << 24
                    | (premultiplied[3 * i] & 255) << 16
                    | (premultiplied[3 * i + 1] & 255) << 8
                    | (premultiplied[3 * i + 2] & 255);
        return Sprite.of(concept, ICON_SET, cut.width(), cut.height(), argb);
    }
}
