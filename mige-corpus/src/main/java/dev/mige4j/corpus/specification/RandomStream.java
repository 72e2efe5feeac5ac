package dev.mige4j.corpus.specification;

import java.util.List;

/**
 * A stream of random numbers that is the same on every machine and for ever: SplitMix64 from a seed and a name.
 *
 * <p>Each layer of a scene and each decision of a record has a stream of its own name, so a change of one does not move
 * the others.
 */
public final class RandomStream {

    private long state;

    private RandomStream(long state) {
        this.state = state;
    }

    public static RandomStream named(long seed, String name) {
        long nameHash = 0xcbf29ce484222325L;
        for (int i = 0; i < name.length(); i++) nameHash = (nameHash ^ name.charAt(i)) * 0x100000001b3L;
        return new RandomStream(mix64(seed * 0x9E3779B97F4A7C15L ^ mix64(nameHash)));
    }

    /** The number at a place of an endless table: for noise that must not depend on the order of asking. */
    public static int hash(long seed, int x, int y) {
        return (int) (mix64(seed ^ (x * 0x9E3779B97F4A7C15L) ^ (y * 0xC2B2AE3D27D4EB4FL)) >>> 32);
    }

    private static long mix64(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    public long nextLong() {
        return mix64(state += 0x9E3779B97F4A7C15L);
    }

    /** Uniform in [0, 1). */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    public double uniform(double low, double high) {
        return low + (high - low) * nextDouble();
    }

    public int nextInt(int bound) {
        return (int) (nextDouble() * bound);
    }

    public boolean bernoulli(double probability) {
        return nextDouble() < probability;
    }

    public <T> T choice(List<T> items) {
        return items.get(nextInt(items.size()));
    }

    @SafeVarargs
    public final <T> T choice(T... items) {
        return items[nextInt(items.length)];
    }

    /** An index drawn with these weights. */
    public int weightedIndex(double... weights) {
        double total = 0;
        for (double w : weights) total += w;
        double remaining = nextDouble() * total;
        for (int i = 0; i < weights.length; i++) if ((remaining -= weights[i]) < 0) return i;
        return weights.length - 1;
    }
}
