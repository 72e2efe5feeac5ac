package dev.mige4j.tensor;

/**
 * The one source of chance: a counter-based generator whose numbers depend on (seed, stream) alone, not on machine,
 * threads or batch.
 *
 * <pre>
 *   key     = mix(mix(seed) + stream · G),   mix = the finaliser of SplitMix64, G = 0x9E3779B97F4A7C15
 *   bits(i) = mix(key + (i + 1) · G)
 *   normal  = Box-Muller on two 53-bit uniforms, in StrictMath double precision, rounded to float32
 * </pre>
 */
public final class Rng {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private final long key;
    private long counter;

    /** The stream-th independent sequence of a seed; any longs are allowed. */
    public Rng(long seed, long stream) {
        key = mix(mix(seed) + stream * GOLDEN_GAMMA);
    }

    /** A sequence of its own for a named purpose, for instance the key of a weight. */
    public static Rng forName(long seed, String name) {
        long hash = 0xcbf29ce484222325L; // FNV-1a
        for (int i = 0; i < name.length(); i++) hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        return new Rng(seed, hash);
    }

    public long nextLong() {
        return mix(key + ++counter * GOLDEN_GAMMA);
    }

    /** Uniform in [0, 1). */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    /** Uniform in 0..bound-1; the bias of the modulus is below bound / 2^63. */
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

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
