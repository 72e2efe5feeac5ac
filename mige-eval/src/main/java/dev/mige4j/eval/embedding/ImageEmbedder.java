package dev.mige4j.eval.embedding;

import dev.mige4j.image.Image;
import java.util.List;

/**
 * Embeds images as vectors, of which cosine similarity measures how alike they are.
 *
 * <p>For evaluation it should be independent of the vision encoder of the evaluated model. Embeddings need not be
 * normalized.
 */
public interface ImageEmbedder {

    /** The embeddings of images, in order, all of the same length; implementations process them in batches. */
    List<float[]> embedImages(List<Image> images);

    /** The embedding of an image. */
    default float[] embedImage(Image image) {
        return embedImages(List.of(image)).get(0);
    }

    /**
     * The image as the network sees it, resized and cropped, for {@link #embedPrepared}; the other part of
     * {@link #embedImages}, which other threads can do beforehand. By default the image itself.
     */
    default Image prepare(Image image) {
        return image;
    }

    /** The embeddings of images that {@link #prepare} returned, in order. */
    default List<float[]> embedPrepared(List<Image> prepared) {
        return embedImages(prepared);
    }

    /**
     * Identifies what the embeddings depend on: the weights, for example by a hash, and the preprocessing. Scores of
     * different embedders are not mixed.
     */
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
