package dev.mige4j.eval.embedding;

import dev.mige4j.image.Image;
import dev.mige4j.weights.LoadReport;
import java.util.List;
import java.util.Optional;

/**
 * Embeds images as vectors, of which cosine similarity measures how alike they are.
 *
 * <p>For evaluation it should be independent of the vision encoder of the evaluated model. Embeddings need not be
 * normalized.
 */
public interface ImageEmbedder {

    /** The embeddings of images, in order, all of the same length. */
    default List<float[]> embedImages(List<Image> images) {
        return embedPrepared(images.stream().map(this::prepare).toList());
    }

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

    /** The embeddings of images that {@link #prepare} returned, in order; implementations process them in batches. */
    List<float[]> embedPrepared(List<Image> prepared);

    /**
     * Identifies what the embeddings depend on: the weights, for example by a hash, and the preprocessing. Scores of
     * different embedders are not mixed.
     */
    String name();

    /** What was read of the files of the model, if they are those of another program. */
    default Optional<LoadReport> loadReport() {
        return Optional.empty();
    }
}
