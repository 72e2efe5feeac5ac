package dev.mige4j.eval;

import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.List;

/**
 * The evaluation pair as the judge meets it: pictures and words become vectors whose cosine tells how well they fit.
 *
 * <p>It must not be the tower that the judged model looks through: another seed, and trained on all concepts, the
 * held-out ones too. Vectors need not have length 1.
 */
public interface Embedder {

    float[] embedImage(Image image);

    float[] embedText(String text);

    /** Several pictures, in order; faster than one by one where the tower takes batches. */
    default List<float[]> embedImages(List<Image> images) {
        List<float[]> embeddings = new ArrayList<>();
        for (Image image : images) embeddings.add(embedImage(image));
        return embeddings;
    }

    /** What tells this pair from others, such as a hash of its weights: figures of different pairs are never mixed. */
    String name();

    /** a·b / (|a| |b|), in [-1, 1]; 0 when one of them has no length. */
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
