package dev.mige4j.photos.onnx;

import dev.mige4j.common.ShapeException;
import java.util.Arrays;

/** Numbers in float32 with a shape, in row-major order: the input or output of an {@link OnnxModel}. */
public final class FloatTensor {

    private final long[] shape;
    private final float[] values;

    private FloatTensor(long[] shape, float[] values) {
        this.shape = shape;
        this.values = values;
    }

    /**
     * A tensor of these values, which are not copied.
     *
     * @throws ShapeException when the shape has another number of values
     */
    public static FloatTensor of(float[] values, long... shape) {
        long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        if (size != values.length)
            throw new ShapeException(
                    "A tensor of the shape %s has %d values, got %d.", Arrays.toString(shape), size, values.length);
        return new FloatTensor(shape.clone(), values);
    }

    /** The sizes of its dimensions. */
    public long[] shape() {
        return shape.clone();
    }

    /** Its values; not a copy. */
    public float[] values() {
        return values;
    }
}
