package dev.mige4j.weights;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Path;
import org.junit.jupiter.api.function.Executable;

/** Small weight files for tests, and methods that read them. */
public final class WeightFiles {

    private WeightFiles() {}

    /** A file that {@code make_fixtures.py} wrote with PyTorch. */
    public static Path torchFixture(String name) {
        return Path.of("src/test/resources/dev/mige4j/weights/torch", name);
    }

    public static SafeTensors.TensorData floatTensor(String name, float... values) {
        return floatTensor(name, new long[] {values.length}, values);
    }

    public static SafeTensors.TensorData floatTensor(String name, long[] shape, float... values) {
        return new SafeTensors.TensorData(name, DType.F32, shape, out -> {
            ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) bytes.putFloat(value);
            out.write(bytes.flip());
        });
    }

    public static SafeTensors.TensorData rawTensor(String name, DType dtype, long[] shape, byte... values) {
        return new SafeTensors.TensorData(name, dtype, shape, out -> out.write(ByteBuffer.wrap(values)));
    }

    /** The values of a tensor, floating-point ones converted to float64 by {@link TensorFile#copyTo}. */
    public static double[] readDoubles(TensorFile file, String name) {
        TensorInfo info = file.tensorInfo(name);
        var bytes = new ByteArrayOutputStream();
        try {
            file.copyTo(info, info.dtype().isFloatingPoint() ? DType.F64 : info.dtype(), Channels.newChannel(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        double[] values = new double[(int) info.numel()];
        for (int i = 0; i < values.length; i++)
            values[i] = switch (info.dtype()) {
                case I64 -> buffer.getLong();
                case I32 -> buffer.getInt();
                case I8 -> buffer.get();
                case U8, BOOL -> buffer.get() & 0xFF;
                default -> buffer.getDouble();
            };
        assertFalse(buffer.hasRemaining());
        return values;
    }

    /** Reads every value of a file. */
    public static void readAll(Path path) {
        try (TensorFile file = Checkpoint.openFile(path)) {
            for (String name : file.tensorInfos().keySet()) readDoubles(file, name);
        }
    }

    public static void assertWeightsException(String expectedPart, Executable action) {
        var e = assertThrows(WeightsException.class, action);
        assertTrue(e.getMessage().contains(expectedPart), e.getMessage());
    }
}
