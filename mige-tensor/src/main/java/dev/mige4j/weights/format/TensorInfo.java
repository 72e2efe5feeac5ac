package dev.mige4j.weights.format;

import dev.mige4j.tensor.DType;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Name, type, shape and location of a tensor in a file.
 *
 * @param name key in the file
 * @param dtype stored type
 * @param shape sizes, outermost axis first; empty for a scalar
 * @param offset of the first element in the file, in bytes; in a zip archive, the padding before each entry, which only
 *     {@link TensorFile} knows, is not counted
 * @param strides of each axis in elements; null if the tensor is contiguous
 */
public record TensorInfo(String name, DType dtype, long[] shape, long offset, long[] strides) {

    /** Number of elements. */
    public long numel() {
        return LongStream.of(shape).reduce(1, (a, b) -> a * b);
    }

    /** Size of the elements in bytes. */
    public long nbytes() {
        return numel() * dtype.elementSize();
    }

    /** Whether the elements are stored in row-major order without gaps. */
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
