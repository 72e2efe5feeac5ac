package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.RandomStream;

/** Value noise: smooth random functions of the plane, the same on every machine. */
final class ValueNoise {

    private ValueNoise() {}

    /** Noise of period 1 in [0, 1]. */
    static double at(double x, double y, long seed) {
        int ix = (int) Math.floor(x), iy = (int) Math.floor(y);
        double fx = x - ix, fy = y - iy;
        fx = fx * fx * (3 - 2 * fx);
        fy = fy * fy * (3 - 2 * fy);
        double top = latticeValue(ix, iy, seed) * (1 - fx) + latticeValue(ix + 1, iy, seed) * fx;
        double bottom = latticeValue(ix, iy + 1, seed) * (1 - fx) + latticeValue(ix + 1, iy + 1, seed) * fx;
        return top * (1 - fy) + bottom * fy;
    }

    /** The sum of several octaves of {@link #at} with decreasing weights, in [0, 1]. */
    static double fractal(double x, double y, int octaves, long seed) {
        double sum = 0, weight = 0.5, total = 0;
        for (int o = 0; o < octaves; o++, weight /= 2, x *= 2.03, y *= 2.03) {
            sum += weight * at(x, y, seed + o);
            total += weight;
        }
        return sum / total;
    }

    private static double latticeValue(int x, int y, long seed) {
        return (RandomStream.hash(seed, x, y) & 0xffffff) / (double) 0x1000000;
    }
}
