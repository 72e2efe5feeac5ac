package mige.weights;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import mige.tensor.DType;

/**
 * One tensor as it stands in a file: its name, type and shape, and where its numbers lie.
 *
 * @param name    its key in the file
 * @param type    the type its numbers are stored in
 * @param shape   its sizes, outermost first; empty for a single number
 * @param offset  where its first number stands in the file, in bytes
 * @param strides steps between neighbours along each axis, in numbers; null when they lie row by row without gaps
 */
public record Entry(String name, DType type, long[] shape, long offset, long[] strides) {

    /** How many numbers it has. */
    public long count() {
        return LongStream.of(shape).reduce(1, (a, b) -> a * b);
    }

    /** How many bytes its numbers take when written without gaps. */
    public long bytes() {
        return count() * type.bytes();
    }

    /** Whether its numbers lie row by row without gaps. */
    public boolean contiguous() {
        return strides == null;
    }

    @Override public String toString() {
        return name + " " + type + " " + shapeText(shape);
    }

    @Override public boolean equals(Object other) {
        return other instanceof Entry e && e.name.equals(name) && e.type == type && e.offset == offset
                && Arrays.equals(e.shape, shape) && Arrays.equals(e.strides, strides);
    }

    @Override public int hashCode() {
        return name.hashCode();
    }

    static String shapeText(long[] shape) {
        return LongStream.of(shape).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }

    /** The product of the sizes, or -1 when a size is negative or the product does not fit. */
    static long countOf(long[] shape) {
        long count = 1;
        boolean empty = false;
        for (long size : shape) {
            if (size < 0) return -1;
            if (size == 0) { empty = true; continue; }
            if (count > Long.MAX_VALUE / 16 / size) return -1;
            count *= size;
        }
        return empty ? 0 : count;
    }
}
