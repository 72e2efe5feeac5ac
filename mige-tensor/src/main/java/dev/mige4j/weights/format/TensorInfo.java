package dev.mige4j.weights.format;

import dev.mige4j.tensor.DType;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * One tensor as it stands in a file: its name, type and shape, and where its numbers lie.
 *
 * @param name its key in the file
 * @param dtype the type its numbers are stored in
 * @param shape its sizes, outermost first; empty for a single number
 * @param offset where its first number stands in the file, in bytes
 * @param strides steps between neighbours along each axis, in numbers; null when they lie row by row without gaps
 */
public record TensorInfo(String name, DType dtype, long[] shape, long offset, long[] strides) {

    /** How many numbers it has. */
    public long numel() {
        return LongStream.of(shape).reduce(1, (a, b) -> a * b);
    }

    /** How many bytes its numbers take when written without gaps. */
    public long nbytes() {
        return numel() * dtype.elementSize();
    }

    /** Whether its numbers lie row by row without gaps. */
    public boolean isContiguous() {
        return strides == null;
    }

    @Override
    public String toString() {
        return name + " " + dtype + " " + formatShape(shape);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorInfo info
                && info.name.equals(name)
                && info.dtype == dtype
                && info.offset == offset
                && Arrays.equals(info.shape, shape)
                && Arrays.equals(info.strides, strides);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** {@code [2, 3]}. */
    public static String formatShape(long[] shape) {
        return LongStream.of(shape).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }

    /** The product of the sizes, or -1 when a size is negative or the product does not fit. */
    public static long numelOf(long[] shape) {
        long numel = 1;
        boolean empty = false;
        for (long size : shape) {
            if (size < 0) return -1;
            if (size == 0) {
                empty = true;
                continue;
            }
            if (numel > Long.MAX_VALUE / 16 / size) return -1;
            numel *= size;
        }
        return empty ? 0 : numel;
    }
}
