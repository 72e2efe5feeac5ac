package dev.mige4j.eval.embedding;

import dev.mige4j.image.Image;
import java.util.List;

/**
 * Embeds images and texts in one space, where cosine similarity measures how well they match.
 *
 * <p>For evaluation it should be independent of the vision encoder of the evaluated model, and trained on all concepts,
 * including those held out from that model. Embeddings need not be normalized.
 */
public interface Embedder {

    /** The embedding of an image. */
    float[] embedImage(Image image);

    /** The embedding of a text, of the same length. */
    float[] embedText(String text);

    /** The embeddings of several images, in order; implementations may process them in batches. */
    default List<float[]> embedImages(List<Image> images) {
        return images.stream().map(this::embedImage).toList();
    }

    /** Identifies the weights, for example by a hash: scores of different embedders are not mixed. */
    String name();

    /** Cosine similarity a·b / (|a| |b|), in [-1, 1]; 0 when a vector is zero. */
    static double cosine(float[] a, float[] b) {
        double ab = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return aa == 0 || bb == 0 ? 0 : ab / Math.sqrt(aa * bb);
    }
}
