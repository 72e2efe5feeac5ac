package dev.mige4j.weights;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.weights.format.FloatConversion;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes a {@link ModelFolder} of random weights, to measure loading, memory and speed without a download.
 *
 * <p>Values follow the {@link Init} of each tensor, so activations stay finite; matrices initialized to zero get small
 * values instead. Each tensor repeats its own block of 65521 values (a prime, so that rows differ), which makes writing
 * as fast as the disk. Optional tensors are omitted.
 */
public final class RandomCheckpoint {

    private static final int BLOCK_NUMEL = 65521;

    private RandomCheckpoint() {}

    /**
     * Writes the model in bfloat16 and the autoencoder in float32.
     *
     * @param tokenizer content of {@code spiece.model}
     * @throws dev.mige4j.common.CancelledException when {@code progress} returned false
     */
    public static void write(Path folder, ModelSpec spec, byte[] tokenizer, long seed, ProgressListener progress) {
        long[] done = {0};
        long total = spec.model().specs().values().stream()
                        .mapToLong(tensorSpec -> 2 * tensorSpec.numel())
                        .sum()
                + spec.autoencoder().specs().values().stream()
                        .mapToLong(tensorSpec -> 4 * tensorSpec.numel())
                        .sum();
        ModelFolder.groupByFile(spec.model().specs(), spec.autoencoder().specs())
                .forEach((file, specs) -> {
                    DType dtype = file.equals(ModelFolder.AUTOENCODER) ? DType.F32 : DType.BF16;
                    List<SafeTensors.TensorData> tensors = specs.entrySet().stream()
                            .map(tensorSpec -> new SafeTensors.TensorData(
                                    tensorSpec.getKey(),
                                    dtype,
                                    tensorSpec.getValue().shape(),
                                    out -> {
                                        writeRepeated(
                                                out,
                                                block(tensorSpec.getKey(), tensorSpec.getValue(), dtype, seed),
                                                tensorSpec.getValue().numel() * dtype.elementSize());
                                        done[0] += tensorSpec.getValue().numel() * dtype.elementSize();
                                        if (!progress.onProgress(tensorSpec.getKey(), done[0], total))
                                            throw new CancelledException(
                                                    "Writing random weights was cancelled after %s.",
                                                    ByteSize.format(done[0]));
                                    }))
                            .toList();
                    SafeTensors.write(folder.resolve(file), Map.of("format", "pt", "random", "seed " + seed), tensors);
                });
        AtomicFile.write(folder.resolve(ModelFolder.TOKENIZER), tokenizer);
        byte[] config = spec.configJson().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(folder.resolve(ModelFolder.CONFIG), config);
    }

    /** A block of initialized values. The initialization depends on the shape, so it is applied to the first rows. */
    private static ByteBuffer block(String key, ShapeRecorder.TensorSpec spec, DType dtype, long seed) {
        int count = (int) Math.min(BLOCK_NUMEL, spec.numel());
        float[] values = Scope.scoped(() -> {
            Rng rng = Rng.forName(seed, key);
            long[] shape = spec.shape().clone();
            if (shape.length > 0) {
                long rowNumel = Math.max(1, spec.numel() / Math.max(1, shape[0]));
                shape[0] = Math.min(shape[0], (count + rowNumel - 1) / rowNumel);
            }
            return spec.init().create(rng, shape).toFloatArray();
        });
        boolean allZero = spec.shape().length > 1;
        for (float value : values) allZero &= value == 0;
        if (!allZero) return encode(values, count, dtype);
        float[] noise = Rng.forName(seed, key).nextGaussians(count);
        for (int i = 0; i < count; i++) noise[i] *= 0.02f;
        return encode(noise, count, dtype);
    }

    private static ByteBuffer encode(float[] values, int count, DType dtype) {
        ByteBuffer bytes = ByteBuffer.allocate(count * dtype.elementSize()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            if (dtype == DType.BF16) bytes.putShort(FloatConversion.floatToBfloat16(values[i]));
            else bytes.putFloat(values[i]);
        }
        return bytes.flip();
    }

    private static void writeRepeated(WritableByteChannel out, ByteBuffer block, long totalBytes) throws IOException {
        int repeats = (int) Math.max(1, Math.min(16, totalBytes / Math.max(1, block.limit())));
        ByteBuffer buffer = ByteBuffer.allocate(block.limit() * repeats);
        for (int i = 0; i < repeats; i++) buffer.put(block.rewind());
        for (long remaining = totalBytes; remaining > 0; remaining -= buffer.limit()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), remaining));
            while (buffer.hasRemaining()) out.write(buffer);
        }
    }
}
