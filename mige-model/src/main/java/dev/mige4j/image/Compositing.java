package dev.mige4j.image;

import java.util.stream.IntStream;

/**
 * Composites an edited image onto its source with a soft mask:
 *
 * <pre>
 *   result = source + w·(edited - source)
 * </pre>
 *
 * <p>The edited image is scaled to the source (bicubic) strip by strip, so the memory is that of the result.
 */
public final class Compositing {

    /** Rows that are scaled together. */
    private static final int STRIP_ROWS = 64;

    /** The weight w of the edited image at each pixel of the source, from 0 to 1. Called from several threads. */
    @FunctionalInterface
    public interface SoftMask {
        /** Computes the weights [rowCount, width] of the rows from {@code top} on. */
        void computeRows(int top, int rowCount, float[] weights);
    }

    private Compositing() {}

    /**
     * The result in the size of the source. Alpha (of the edited image: 1) weighs the colours; pixels of weight 0 are
     * those of the source exactly, with their alpha.
     */
    public static Image composite(Image source, Image edited, SoftMask mask) {
        return composite(source, edited, mask, false);
    }

    /**
     * As {@link #composite(Image, Image, SoftMask)}, but with the alpha of the source: a cut-out stays one. The edited
     * image is the result on black, so its colours are divided by alpha.
     */
    public static Image compositeWithinAlpha(Image source, Image edited, SoftMask mask) {
        return composite(source, edited, mask, true);
    }

    private static Image composite(Image source, Image edited, SoftMask mask, boolean keepAlpha) {
        int width = source.width(), height = source.height();
        byte[] rgb = source.straightRgb(), alpha = source.hasAlpha() ? source.alpha() : null;
        IntStream.range(0, (height + STRIP_ROWS - 1) / STRIP_ROWS).parallel().forEach(strip -> {
            int top = strip * STRIP_ROWS, rowCount = Math.min(STRIP_ROWS, height - top);
            float[] weights = new float[rowCount * width];
            mask.computeRows(top, rowCount, weights);
            if (isZero(weights)) return;
            Image scaled = Resampling.BICUBIC.resize(edited, width, height, 0, top, width, rowCount);
            blend(rgb, alpha, keepAlpha, top * width, scaled.rawPixels(), weights);
        });
        return Image.wrap(width, height, rgb, alpha);
    }

    /** Blends a strip into the pixels from {@code first} on. */
    private static void blend(byte[] rgb, byte[] alpha, boolean keepAlpha, int first, byte[] edited, float[] weights) {
        for (int i = 0; i < weights.length; i++) {
            float weight = weights[i];
            if (weight == 0) continue;
            float opacity = 1; // of the edited colours
            if (alpha != null && keepAlpha) {
                opacity = (alpha[first + i] & 255) / 255f;
                if (opacity == 0) continue;
            } else if (alpha != null) {
                float original = (alpha[first + i] & 255) / 255f, blended = original + weight * (1 - original);
                alpha[first + i] = (byte) Math.round(255 * blended);
                weight /= blended;
            }
            for (int from = 3 * i, to = 3 * (first + i); from < 3 * i + 3; from++, to++) {
                int original = rgb[to] & 255;
                float colour = Math.min(255, (edited[from] & 255) / opacity);
                float blended = original + weight * (colour - original);
                rgb[to] = (byte) (blended + 0.5); // rounded half up: the sum is exact in double precision
            }
        }
    }

    private static boolean isZero(float[] weights) {
        for (float weight : weights) if (weight != 0) return false;
        return true;
    }
}
