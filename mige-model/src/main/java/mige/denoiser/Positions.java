package mige.denoiser;

import mige.tensor.Tensor;

/**
 * Where an image token stands, as sines and cosines of its column and row.
 *
 * <pre>
 *   ω_k  = 10000^(−k / q),  k = 0..q−1,  q = C/4
 *   e(p) = [sin(p ω_0), .., sin(p ω_(q−1)), cos(p ω_0), .., cos(p ω_(q−1))]
 *   token at (row r, column s):  [e(x_s), e(y_r)]        x_s = s / (columns / base) / scale,  y_r likewise
 * </pre>
 * <p>Source: DIFFUSION.md section 1.2; the first half encodes the column. Computed in float64, kept in float32, not trained.
 */
public final class Positions {

    private Positions() {}

    /** The table [1, rows · columns, width], tokens row by row; {@code base} is the side of the grid the weights were made for. */
    public static Tensor table(int width, int rows, int columns, int base, double scale) {
        int q = width / 4, half = width / 2;
        float[] out = new float[rows * columns * width];
        for (int r = 0, at = 0; r < rows; r++) {
            for (int s = 0; s < columns; s++, at += width) {
                embed(coordinate(s, columns, base, scale), q, out, at);
                embed(coordinate(r, rows, base, scale), q, out, at + half);
            }
        }
        return Tensor.of(out, 1, (long) rows * columns, width);
    }

    /** Rounded to float32 after each division, as the reference has it. */
    private static float coordinate(int index, int side, int base, double scale) {
        return index / (float) ((double) side / base) / (float) scale;
    }

    private static void embed(double position, int q, float[] out, int at) {
        for (int k = 0; k < q; k++) {
            double angle = position * (1 / Math.pow(10000, (double) k / q));
            out[at + k] = (float) Math.sin(angle);
            out[at + q + k] = (float) Math.cos(angle);
        }
    }
}
