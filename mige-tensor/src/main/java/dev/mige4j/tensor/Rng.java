package dev.mige4j.tensor;

import dev.mige4j.common.SplitMix64;

/**
 * Counter-based random number generator. Its numbers depend on (seed, stream) alone, never on the machine, the number
 * of threads, or the batch.
 *
 * <pre>
 *   key     = mix(mix(seed) + stream · G),   mix = the finalizer of SplitMix64, G = 0x9E3779B97F4A7C15
 *   bits(i) = mix(key + (i + 1) · G)
 *   normal  = Box-Muller on two 53-bit uniforms, in StrictMath double precision, rounded to float32
 * </pre>
 */
public final class Rng {

    private final SplitMix64 bits;

    /** An independent sequence for each pair of seed and stream. */
    public Rng(long seed, long stream) {
        bits = new SplitMix64(SplitMix64.mix(SplitMix64.mix(seed) + stream * SplitMix64.GOLDEN_GAMMA));
    }

    /** An independent sequence for each pair of seed and name, for instance the key of a weight. */
    public static Rng forName(long seed, String name) {
        return new Rng(seed, SplitMix64.hash(name));
    }

    /** 64 uniformly distributed bits. */
    public long nextLong() {
        return bits.nextLong();
    }

    /** Uniform in [0, 1). */
    public double nextDouble() {
        return bits.nextDouble();
    }

    /** Uniform in 0 to bound - 1, with a modulo bias below bound / 2^63. */
    public int nextInt(int bound) {
        return (int) ((nextLong() >>> 1) % bound);
    }

    /** n standard normal numbers. */
    public float[] nextGaussians(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i += 2) {
            double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
            double angle = 2 * StrictMath.PI * nextDouble();
            values[i] = (float) (radius * StrictMath.cos(angle));
            if (i + 1 < n) values[i + 1] = (float) (radius * StrictMath.sin(angle));
        }
        return values;
    }

    /** A float32 tensor of standard normal numbers. */
    public Tensor normal(long... shape) {
        return Tensor.of(nextGaussians(Math.toIntExact(Tensor.numel(shape))), shape);
    }

    /** A float32 tensor of numbers uniform in [low, high). */
    public Tensor uniform(double low, double high, long... shape) {
        float[] values = new float[Math.toIntExact(Tensor.numel(shape))];
        for (int i = 0; i < values.length; i++) values[i] = (float) (low + (high - low) * nextDouble());
        return Tensor.of(values, shape);
    }
}
