package dev.mige4j.common;

/**
 * The SplitMix64 random number generator: the same numbers on every machine. Not thread-safe.
 *
 * <pre>
 *   state(i) = key + i · G,  next(i) = mix(state(i)),  G = 0x9E3779B97F4A7C15,  i = 1, 2, ...
 * </pre>
 *
 * <p>Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
 */
public final class SplitMix64 {

    /** The increment G of the state: 2^64 divided by the golden ratio, rounded to odd. */
    public static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    /** The sequence that starts after the state {@code key}. */
    public SplitMix64(long key) {
        state = key;
    }

    /** 64 random bits. */
    public long nextLong() {
        return mix(state += GOLDEN_GAMMA);
    }

    /** Uniform in [0, 1), in steps of 2^-53. */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    /** The finaliser: a bijection of 64-bit numbers that changes about half of the bits when one bit changes. */
    public static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** The 64-bit FNV-1a hash of the UTF-16 units of a name, to derive keys from names. */
    public static long hash(String name) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < name.length(); i++) hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        return hash;
    }
}
