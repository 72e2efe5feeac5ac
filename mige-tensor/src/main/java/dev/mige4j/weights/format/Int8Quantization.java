package dev.mige4j.weights.format;

import dev.mige4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.List;

/**
 * Symmetric int8 quantization of the weights W [out, in] of linear layers, with one scale for each output row.
 *
 * <pre>
 *   scale[o] = max |W[o, :]| / 127;   Q[o, i] = round(W[o, i] / scale[o]);   W ≈ Q · scale
 * </pre>
 *
 * <p>Q is stored under the key of W as int8, and the scales [out, 1] in float32 under that key with {@link #SCALE}
 * appended, as compressed-tensors stores them ({@code weight}, {@code weight_scale}).
 */
public final class Int8Quantization {

    /** What the key of the scales has after the key of the weight. */
    public static final String SCALE = "_scale";

    private static final int MAX = 127;

    private Int8Quantization() {}

    /** Whether it is the key of scales. */
    public static boolean isScale(String key) {
        return key.endsWith(SCALE);
    }

    /**
     * The quantized weight and its scales. The values are quantized row by row while they are written, so a row is all
     * that is in memory, and the scales are known when the weight has been written: write it first.
     *
     * @param weight in float32, [out, in]
     */
    public static List<SafeTensors.TensorData> quantize(SafeTensors.TensorData weight) {
        long[] shape = weight.shape();
        if (shape.length != 2 || weight.dtype() != DType.F32)
            throw new IllegalArgumentException("tensor '" + weight.name() + "' is " + weight.dtype() + " "
                    + TensorInfo.formatShape(shape) + ", expected a float32 matrix");
        float[] scales = new float[Math.toIntExact(shape[0])];
        return List.of(
                new SafeTensors.TensorData(weight.name(), DType.I8, shape, out -> weight.data()
                        .writeTo(new RowQuantizer(Math.toIntExact(shape[1]), scales, out))),
                new SafeTensors.TensorData(weight.name() + SCALE, DType.F32, new long[] {shape[0], 1}, out -> {
                    ByteBuffer bytes =
                            ByteBuffer.allocate(scales.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                    bytes.asFloatBuffer().put(scales);
                    while (bytes.hasRemaining()) out.write(bytes);
                }));
    }

    /** Receives float32 rows, and writes them as int8. */
    private static final class RowQuantizer implements WritableByteChannel {
        private final float[] scales;
        private final WritableByteChannel out;
        private final ByteBuffer row, quantized;
        private final float[] values;
        private int index;

        RowQuantizer(int columns, float[] scales, WritableByteChannel out) {
            this.scales = scales;
            this.out = out;
            row = ByteBuffer.allocate(columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            quantized = ByteBuffer.allocate(columns);
            values = new float[columns];
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            int count = source.remaining();
            while (source.hasRemaining()) {
                int length = Math.min(row.remaining(), source.remaining());
                row.put(row.position(), source, source.position(), length).position(row.position() + length);
                source.position(source.position() + length);
                if (!row.hasRemaining()) writeRow();
            }
            return count;
        }

        private void writeRow() throws IOException {
            row.flip().asFloatBuffer().get(values);
            row.clear();
            float max = 0;
            for (float value : values) max = Math.max(max, Math.abs(value));
            float scale = max / MAX;
            quantized.clear();
            for (float value : values) quantized.put((byte) (scale == 0 ? 0 : Math.round(value / scale)));
            scales[index++] = scale;
            quantized.flip();
            while (quantized.hasRemaining()) out.write(quantized);
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
}
