package dev.mige4j.corpus.specification;

import dev.mige4j.common.SplitMix64;
import java.util.List;

/**
 * A named stream of random numbers of a seed, the same on every machine. Not thread-safe.
 *
 * <p>Every layer of a scene and every example draws from a stream of its own, so that a change of one does not affect
 * the others. The names of the streams and the formulas below are part of the corpus: any change changes its images.
 *
 * <pre>
 *   key = mix(seed · G ^ mix(hash(name))),  sequence of {@link SplitMix64} from this key
 * </pre>
 */
public final class RandomStream {

    private final SplitMix64 bits;

    private RandomStream(long key) {
        bits = new SplitMix64(key);
    }

    /** The stream of a seed and a name. */
    public static RandomStream named(long seed, String name) {
        return new RandomStream(SplitMix64.mix(seed * SplitMix64.GOLDEN_GAMMA ^ SplitMix64.mix(SplitMix64.hash(name))));
    }

    /** Random bits of a point of the integer lattice, independent of the order of the calls. */
    public static int hash(long seed, int x, int y) {
        return (int) (SplitMix64.mix(seed ^ (x * SplitMix64.GOLDEN_GAMMA) ^ (y * 0xC2B2AE3D27D4EB4FL)) >>> 32);
    }

    /** 64 random bits. */
    public long nextLong() {
        return bits.nextLong();
    }

    /** Uniform in [0, 1). */
    public double nextDouble() {
        return bits.nextDouble();
    }

    /** Uniform in [low, high). */
    public double uniform(double low, double high) {
        return low + (high - low) * nextDouble();
    }

    /** Uniform in 0 .. bound - 1. */
    public int nextInt(int bound) {
        return (int) (nextDouble() * bound);
    }

    /** True with the given probability. */
    public boolean bernoulli(double probability) {
        return nextDouble() < probability;
    }

    /** One of the items. */
    public <T> T choice(List<T> items) {
        return items.get(nextInt(items.size()));
    }

    /** One of the items. */
    @SafeVarargs
    public final <T> T choice(T... items) {
        return items[nextInt(items.length)];
    }

    /** An index, sampled with probabilities proportional to the weights. */
    public int weightedIndex(double... weights) {
        double total = 0;
        for (double w : weights) total += w;
        double remaining = nextDouble() * total;
        for (int i = 0; i < weights.length; i++) {
            remaining -= weights[i];
            if (remaining < 0) return i;
        }
        return weights.length - 1;
    }
}
