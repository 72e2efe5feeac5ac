package dev.mige4j.eval.embedding;

import java.util.List;

/**
 * Embeds images and texts in one space, where cosine similarity measures how well they match.
 *
 * <p>For nano-MIGEBench it should be trained on all concepts, including those held out from the evaluated model.
 */
public interface Embedder extends ImageEmbedder {

    /** The embeddings of texts, in order, of the same length as those of images. */
    List<float[]> embedTexts(List<String> texts);

    /** The embedding of a text. */
    default float[] embedText(String text) {
        return embedTexts(List.of(text)).get(0);
    }
}
