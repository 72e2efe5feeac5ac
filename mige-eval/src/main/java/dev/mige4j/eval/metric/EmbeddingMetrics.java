package dev.mige4j.eval.metric;

import dev.mige4j.common.ShapeException;
import java.util.List;

/**
 * Metrics of embeddings, which need not be normalised: CLIP-I, CLIP-T and DINO are {@link #cosine}, CLIPdir is
 * {@link #direction}.
 *
 * <pre>
 *   cos(a, b) = a·b / (|a| |b|)
 *   CLIPdir   = cos(o/|o| - s/|s|, t/|t| - u/|u|)     s, o: source and output; u, t: their captions
 * </pre>
 *
 * <p>The reference computes in float32; in float64 the results differ by less than 1e-6.
 */
public final class EmbeddingMetrics {

    /** The length of a difference of normalised embeddings below which it is rounding noise without a direction. */
    public static final double MIN_DELTA = 1e-6;

    private EmbeddingMetrics() {}

    /** Cosine similarity in [-1, 1]; missing when an embedding is zero or not finite. */
    public static MetricValue cosine(float[] a, float[] b) {
        return MetricValue.of(quotient(a, b));
    }

    /** As {@link #cosine}, to choose among candidates: 0 when an embedding is zero. */
    public static double similarity(float[] a, float[] b) {
        double quotient = quotient(a, b);
        return Double.isNaN(quotient) ? 0 : quotient;
    }

    /** NaN when an embedding is zero. */
    private static double quotient(float[] a, float[] b) {
        requireSameLength(a.length, b.length);
        double ab = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }

    /** The mean of the similarities to several references, such as all real photographs of a subject. */
    public static MetricValue meanCosine(float[] embedding, List<float[]> references) {
        return MetricValue.mean(references.stream()
                .map(reference -> cosine(embedding, reference))
                .toList());
    }

    /**
     * Directional similarity: whether an image changed in the direction in which its caption did. Missing when image or
     * caption did not change: their difference is shorter than {@link #MIN_DELTA}, where the reference divides 0 by 0.
     */
    public static MetricValue direction(float[] source, float[] output, float[] inputCaption, float[] outputCaption) {
        double[] image = difference(source, output), caption = difference(inputCaption, outputCaption);
        double imageNorm = norm(image), captionNorm = norm(caption);
        if (captionNorm < MIN_DELTA) return MetricValue.missing("the captions do not differ");
        if (imageNorm < MIN_DELTA) return MetricValue.missing("the output does not differ from the source");
        return MetricValue.of(dot(image, caption) / (imageNorm * captionNorm));
    }

    /** {@link #direction} as InstructPix2Pix computes it: 0 where image or caption did not change. */
    public static MetricValue directionOrZero(
            float[] source, float[] output, float[] inputCaption, float[] outputCaption) {
        double[] image = difference(source, output), caption = difference(inputCaption, outputCaption);
        return MetricValue.of(dot(image, caption) / (Math.max(norm(image), 1e-8) * Math.max(norm(caption), 1e-8)));
    }

    private static double[] difference(float[] from, float[] to) {
        double[] start = normalize(from), end = normalize(to);
        for (int i = 0; i < end.length; i++) end[i] -= start[i];
        return end;
    }

    /** NaN in every element when the embedding is zero. */
    private static double[] normalize(float[] embedding) {
        double[] values = new double[embedding.length];
        for (int i = 0; i < values.length; i++) values[i] = embedding[i];
        double norm = norm(values);
        for (int i = 0; i < values.length; i++) values[i] /= norm;
        return values;
    }

    private static double norm(double[] values) {
        return Math.sqrt(dot(values, values));
    }

    private static double dot(double[] a, double[] b) {
        requireSameLength(a.length, b.length);
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static void requireSameLength(int a, int b) {
        if (a != b) throw new ShapeException("The embeddings have %d and %d elements, expected the same number.", a, b);
    }
}
