package mige.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import mige.tensor.DType;
import mige.tensor.Rng;
import mige.tensor.Scope;

/**
 * Writes a {@link ModelFolder} of random weights: everything of the real one but its meaning, to measure loading, memory and speed
 * without a download. Tensors that a model takes only where a file has them are left out. Numbers have the size of their birth values, so that activations stay finite; what would be born zero is small.
 *
 * <p>Each tensor repeats a block of 65521 numbers (a prime, so that rows differ) of its own, which makes writing as fast as the disk.
 */
public final class RandomCheckpoint {

    private static final int BLOCK = 65521;

    private RandomCheckpoint() { }

    /** Writes the folder: the model in bfloat16, the autoencoder in float32. {@code tokenizer} are the bytes of {@code spiece.model}. */
    public static void write(Path folder, Convert.Wanted wanted, byte[] tokenizer, long seed, Transfer progress) {
        long[] done = {0};
        long total = wanted.model().slots().values().stream().mapToLong(slot -> 2 * slot.count()).sum() + wanted.autoencoder().slots().values().stream().mapToLong(slot -> 4 * slot.count()).sum();
        ModelFolder.byFile(wanted.model().slots(), wanted.autoencoder().slots()).forEach((file, slots) -> {
            DType type = file.equals(ModelFolder.AUTOENCODER) ? DType.F32 : DType.BF16;
            List<SafeTensors.Item> items = slots.entrySet().stream().map(slot -> new SafeTensors.Item(slot.getKey(), type, slot.getValue().shape(), out -> {
                fill(out, block(slot.getKey(), slot.getValue(), type, seed), slot.getValue().count() * type.bytes());
                done[0] += slot.getValue().count() * type.bytes();
                progress.at(slot.getKey(), done[0], total);
            })).toList();
            SafeTensors.write(folder.resolve(file), Map.of("format", "pt", "random", "seed " + seed), items);
        });
        Replacing.write(folder.resolve(ModelFolder.TOKENIZER), tokenizer.length, out -> out.write(ByteBuffer.wrap(tokenizer)));
        byte[] config = wanted.config().getBytes(StandardCharsets.UTF_8);
        Replacing.write(folder.resolve(ModelFolder.CONFIG), config.length, out -> out.write(ByteBuffer.wrap(config)));
    }

    /** Numbers as they are born, a block of them: the births depend on the shape, so the block is cut from a slice of the same rows. */
    private static ByteBuffer block(String key, Outline.Slot slot, DType type, long seed) {
        int n = (int) Math.min(BLOCK, slot.count());
        float[] drawn = Scope.scoped(() -> {
            Rng rng = Rng.named(seed, key);
            long[] shape = slot.shape().clone();
            if (shape.length > 0) {
                long row = Math.max(1, slot.count() / Math.max(1, shape[0]));
                shape[0] = Math.min(shape[0], (n + row - 1) / row);
            }
            return slot.birth().make(rng, shape).floats();
        });
        boolean zero = slot.shape().length > 1;
        for (float value : drawn) zero &= value == 0;
        if (!zero) return encode(drawn, n, type);
        float[] small = Rng.named(seed, key).normals(n);
        for (int i = 0; i < n; i++) small[i] *= 0.02f;
        return encode(small, n, type);
    }

    private static ByteBuffer encode(float[] values, int n, DType type) {
        ByteBuffer bytes = ByteBuffer.allocate(n * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < n; i++) {
            if (type == DType.BF16) bytes.putShort(Conversion.floatToBfloat(values[i]));
            else bytes.putFloat(values[i]);
        }
        return bytes.flip();
    }

    private static void fill(WritableByteChannel out, ByteBuffer block, long bytes) throws IOException {
        int times = (int) Math.max(1, Math.min(16, bytes / Math.max(1, block.limit())));
        ByteBuffer many = ByteBuffer.allocate(block.limit() * times);
        for (int i = 0; i < times; i++) many.put(block.rewind());
        for (long left = bytes; left > 0; left -= many.limit()) {
            many.clear().limit((int) Math.min(many.capacity(), left));
            while (many.hasRemaining()) out.write(many);
        }
    }
}
