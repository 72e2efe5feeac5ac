package dev.mige4j.train.dataset;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.logging.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Pictures of one size, rendered once into a file of plain bytes, so that a training reads instead of draws.
 *
 * <p>The file holds {@code size · size · 3} bytes a picture, rows from the top, red, green, blue. Thread-safe.
 */
public final class ImageCache implements AutoCloseable {

    private static final int EXAMPLES_PER_CHUNK = 64;

    private final FileChannel channel;
    private final int imageSize;
    private final int count;

    private ImageCache(FileChannel channel, int imageSize, int count) {
        this.channel = channel;
        this.imageSize = imageSize;
        this.count = count;
    }

    /**
     * Opens a pool of {@code count} pictures, rendering it on all cores if the file is not there yet.
     *
     * @param render gives the pictures of the i-th example, at least one; called from many threads
     */
    public static ImageCache open(
            Path file, int imageSize, int count, IntFunction<List<Image>> render, TrainingListener listener) {
        try {
            long bytes = 3L * imageSize * imageSize;
            if (!Files.exists(file)) fill(file, imageSize, count, render, listener);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            if (channel.size() != bytes * count) {
                channel.close();
                throw new UsageException(
                        "%s has %d bytes, expected %d pictures of %d pixels. Delete it to render it anew.",
                        file, Files.size(file), count, imageSize);
            }
            return new ImageCache(channel, imageSize, count);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void fill(
            Path file, int imageSize, int count, IntFunction<List<Image>> render, TrainingListener listener)
            throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path tempFile = file.resolveSibling(file.getFileName() + ".part");
        long startNanos = System.nanoTime();
        try (FileChannel out = FileChannel.open(
                tempFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            int done = 0;
            for (int first = 0; done < count; first += EXAMPLES_PER_CHUNK) {
                int from = first;
                List<List<Image>> rendered = IntStream.range(0, EXAMPLES_PER_CHUNK)
                        .parallel()
                        .mapToObj(i -> render.apply(from + i))
                        .toList();
                for (List<Image> images : rendered) {
                    for (Image image : images) {
                        if (done == count) break;
                        if (image.width() != imageSize || image.height() != imageSize)
                            throw new UsageException(
                                    "a picture is %d x %d, expected %d x %d",
                                    image.width(), image.height(), imageSize, imageSize);
                        ByteBuffer bytes = ByteBuffer.wrap(image.rgb());
                        while (bytes.hasRemaining()) out.write(bytes);
                        done++;
                    }
                }
                double seconds = (System.nanoTime() - startNanos) / 1e9;
                if (!listener.onProgress(
                        done,
                        count,
                        Duration.ofSeconds((long) (seconds / done * (count - done))),
                        Map.of("pictures_per_second", done / seconds)))
                    throw new UsageException("stopped while rendering the pictures");
            }
        }
        Files.move(tempFile, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    public int count() {
        return count;
    }

    public int imageSize() {
        return imageSize;
    }

    public Image image(int i) {
        return Image.of(imageSize, imageSize, bytes(i));
    }

    /**
     * Writes a square of picture i as [3, side, side] in [-1, 1] into {@code into} from {@code at} on, mirrored if
     * wanted.
     */
    public void crop(int i, int left, int top, int side, boolean mirrored, float[] target, int offset) {
        byte[] rgb = bytes(i);
        int planeSize = side * side;
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int from = 3 * ((top + y) * imageSize + left + (mirrored ? side - 1 - x : x)),
                        to = offset + y * side + x;
                for (int c = 0; c < 3; c++) target[to + c * planeSize] = (rgb[from + c] & 255) / 127.5f - 1;
            }
        }
    }

    /** Whole pictures [n, 3, size, size] in [-1, 1]. */
    public Tensor batch(int... indices) {
        float[] values = new float[indices.length * 3 * imageSize * imageSize];
        for (int i = 0; i < indices.length; i++)
            crop(indices[i], 0, 0, imageSize, false, values, i * 3 * imageSize * imageSize);
        return Tensor.of(values, indices.length, 3, imageSize, imageSize);
    }

    private byte[] bytes(int i) {
        ByteBuffer bytes = ByteBuffer.allocate(3 * imageSize * imageSize);
        long at = (long) i * bytes.capacity();
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, at + bytes.position()) < 0)
                    throw new IOException("the pool of pictures ends early");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.array();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
