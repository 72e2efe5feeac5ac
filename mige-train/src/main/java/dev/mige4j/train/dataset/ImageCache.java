package dev.mige4j.train.dataset;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Images of one size in a file, rendered once. The file contains {@code size · size · 3} bytes for each image: rows
 * from the top; red, green, blue. Thread-safe.
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
     * Opens a cache of {@code count} images; renders them on all cores if the file does not exist.
     *
     * @param render returns the images of the i-th example, at least one; called from many threads
     */
    public static ImageCache open(
            Path file, int imageSize, int count, IntFunction<List<Image>> render, ProgressListener listener) {
        try {
            long bytes = 3L * imageSize * imageSize;
            if (!Files.exists(file)) render(file, imageSize, count, render, listener);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            if (channel.size() != bytes * count) {
                channel.close();
                throw new UsageException(
                        "%s has %d bytes, expected %d images of %d x %d pixels. Delete it to render them again.",
                        file, Files.size(file), count, imageSize, imageSize);
            }
            return new ImageCache(channel, imageSize, count);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void render(
            Path file, int imageSize, int count, IntFunction<List<Image>> render, ProgressListener listener) {
        AtomicFile.write(file, 3L * imageSize * imageSize * count, out -> {
            int done = 0;
            for (int first = 0; done < count; first += EXAMPLES_PER_CHUNK) {
                List<Image> rendered = IntStream.range(first, first + EXAMPLES_PER_CHUNK)
                        .parallel()
                        .mapToObj(render)
                        .flatMap(List::stream)
                        .toList();
                for (Image image : rendered.subList(0, Math.min(rendered.size(), count - done))) {
                    if (image.width() != imageSize || image.height() != imageSize)
                        throw new UsageException(
                                "A rendered image is %d x %d, expected %d x %d.",
                                image.width(), image.height(), imageSize, imageSize);
                    ByteBuffer bytes = ByteBuffer.wrap(image.rgb());
                    while (bytes.hasRemaining()) out.write(bytes);
                    done++;
                }
                if (!listener.onProgress("images", done, count))
                    throw new CancelledException("The rendering of the training images was cancelled.");
            }
        });
    }

    /** The number of images. */
    public int count() {
        return count;
    }

    /** Their side in pixels. */
    public int imageSize() {
        return imageSize;
    }

    /** Image i. */
    public Image image(int i) {
        return Image.of(imageSize, imageSize, bytes(i));
    }

    /**
     * Writes a square crop of image i as [3, side, side] in [-1, 1] to {@code target} from {@code offset} on,
     * optionally mirrored.
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

    /** Images [n, 3, size, size] in [-1, 1]. */
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
                    throw new IOException("the image cache is truncated");
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
