package dev.mige4j.weights.format;

import dev.mige4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/**
 * Counts the values that are NaN or infinite among those that it passes on, as {@link TensorFile#copyTo} writes them.
 */
public final class NonFiniteCounter implements WritableByteChannel {

    private final DType dtype;
    private final WritableByteChannel out;
    private long count;

    /**
     * @param dtype type of the values, a floating-point type
     * @param out receives the values
     */
    public NonFiniteCounter(DType dtype, WritableByteChannel out) {
        this.dtype = dtype;
        this.out = out;
    }

    /** The number of values so far that are NaN or infinite. */
    public long count() {
        return count;
    }

    /** @param values whole values, little-endian */
    @Override
    public int write(ByteBuffer values) throws IOException {
        ByteBuffer remaining = values.slice().order(ByteOrder.LITTLE_ENDIAN);
        int size = dtype.elementSize(), end = remaining.limit() - size;
        // An exponent of all ones marks NaN and infinity in each of the types.
        switch (dtype) {
            case F64 -> {
                for (int i = 0; i <= end; i += size) if ((~remaining.getLong(i) & 0x7FF0000000000000L) == 0) count++;
            }
            case F32 -> {
                for (int i = 0; i <= end; i += size) if ((~remaining.getInt(i) & 0x7F800000) == 0) count++;
            }
            case F16 -> {
                for (int i = 0; i <= end; i += size) if ((~remaining.getShort(i) & 0x7C00) == 0) count++;
            }
            case BF16 -> {
                for (int i = 0; i <= end; i += size) if ((~remaining.getShort(i) & 0x7F80) == 0) count++;
            }
            default -> throw new IllegalArgumentException(dtype + " has only finite values.");
        }
        return out.write(values);
    }

    @Override
    public boolean isOpen() {
        return out.isOpen();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
