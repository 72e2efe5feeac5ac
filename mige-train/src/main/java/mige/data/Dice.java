package mige.data;

import java.util.List;

/**
 * A stream of random numbers that is the same on every machine and for ever: SplitMix64 from a seed and a name.
 *
 * <p>Each layer of a scene and each decision of a record has a stream of its own name, so a change of one does not move
 * the others.
 */
final class Dice {

    private long state;

    private Dice(long state) {
        this.state = state;
    }

    static Dice of(long seed, String name) {
        long h = 0xcbf29ce484222325L;
        for (int i = 0; i < name.length(); i++) h = (h ^ name.charAt(i)) * 0x100000001b3L;
        return new Dice(mix(seed * 0x9E3779B97F4A7C15L ^ mix(h)));
    }

    /** The number at a place of an endless table: for noise that must not depend on the order of asking. */
    static int at(long seed, int x, int y) {
        return (int) (mix(seed ^ (x * 0x9E3779B97F4A7C15L) ^ (y * 0xC2B2AE3D27D4EB4FL)) >>> 32);
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    long next() {
        return mix(state += 0x9E3779B97F4A7C15L);
    }

    /** Uniform in [0, 1). */
    double unit() {
        return (next() >>> 11) * 0x1p-53;
    }

    double between(double low, double high) {
        return low + (high - low) * unit();
    }

    int below(int n) {
        return (int) (unit() * n);
    }

    boolean chance(double p) {
        return unit() < p;
    }

    <T> T pick(List<T> list) {
        return list.get(below(list.size()));
    }

    @SafeVarargs
    final <T> T pick(T... list) {
        return list[below(list.length)];
    }

    /** An index drawn with these weights. */
    int weighted(double... weights) {
        double sum = 0;
        for (double w : weights) sum += w;
        double at = unit() * sum;
        for (int i = 0; i < weights.length; i++) if ((at -= weights[i]) < 0) return i;
        return weights.length - 1;
    }
}
