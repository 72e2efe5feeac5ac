package dev.mige4j.denoiser;

import dev.mige4j.tensor.Tensor;

/**
 * Two-dimensional sine-cosine position embedding of the image tokens.
 *
 * <pre>
 *   ω_k  = 10000^(−k / q),  k = 0..q−1,  q = C/4
 *   e(p) = [sin(p ω_0), .., sin(p ω_(q−1)), cos(p ω_0), .., cos(p ω_(q−1))]
 *   token at (row r, column s):  [e(x_s), e(y_r)]        x_s = s / (columns / base) / scale,  y_r likewise
 * </pre>
 *
 * <p>The first half encodes the column. Computed in float64, stored in float32, not trained. Source:
 * docs/specification/diffusion.md section 1.2.
 */
public final class SinCosPositionEmbedding {

    private SinCosPositionEmbedding() {}

    /**
     * The embeddings of a grid, row by row: [1, rows · columns, width].
     *
     * @param baseSize side of the grid that the weights were trained with
     */
    public static Tensor table(int width, int rows, int columns, int baseSize, double interpolationScale) {
        int q = width / 4, half = width / 2;
        float[] out = new float[rows * columns * width];
        for (int row = 0, offset = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++, offset += width) {
                sinCos(coordinate(column, columns, baseSize, interpolationScale), q, out, offset);
                sinCos(coordinate(row, rows, baseSize, interpolationScale), q, out, offset + half);
            }
        }
        return Tensor.of(out, 1, (long) rows * columns, width);
    }

    /** Rounded to float32 after each division, as in the reference. */
    private static float coordinate(int index, int side, int baseSize, double interpolationScale) {
        return index / (float) ((double) side / baseSize) / (float) interpolationScale;
    }

    private static void sinCos(double position, int q, float[] out, int offset) {
        for (int k = 0; k < q; k++) {
            double angle = position * (1 / Math.pow(10000, (double) k / q));
            out[offset + k] = (float) Math.sin(angle);
            out[offset + q + k] = (float) Math.cos(angle);
        }
    }
}
