package dev.mige4j.spark;

import org.apache.spark.Partitioner;

/**
 * Divides the keys of items, hexadecimal digits of a hash, into ranges of equal width: the same ranges on any cluster,
 * and about equally many keys in each.
 */
final class KeyRanges extends Partitioner {

    private static final int DIGITS = 8;

    private final int count;

    /** As many ranges as {@code count}. */
    KeyRanges(int count) {
        this.count = count;
    }

    @Override
    public int numPartitions() {
        return count;
    }

    @Override
    public int getPartition(Object key) {
        long prefix = Long.parseLong(((String) key).substring(0, DIGITS), 16);
        return (int) ((prefix * count) >>> (4 * DIGITS));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyRanges ranges && ranges.count == count;
    }

    @Override
    public int hashCode() {
        return count;
    }
}
