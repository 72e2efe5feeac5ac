package mige.train;

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
import mige.image.Picture;
import mige.tensor.Tensor;
import mige.tensor.UsageException;

/**
 * Pictures of one size, rendered once into a file of plain bytes, so that a training reads instead of draws.
 *
 * <p>The file holds {@code size · size · 3} bytes a picture, rows from the top, red, green, blue. Thread-safe.
 */
public final class PicturePool implements AutoCloseable {

    private static final int GROUP = 64;

    private final FileChannel channel;
    private final int size;
    private final int count;

    private PicturePool(FileChannel channel, int size, int count) {
        this.channel = channel;
        this.size = size;
        this.count = count;
    }

    /**
     * Opens a pool of {@code count} pictures, rendering it on all cores if the file is not there yet.
     *
     * @param render gives the pictures of the i-th example, at least one; called from many threads
     */
    public static PicturePool open(Path file, int size, int count, IntFunction<List<Picture>> render, Watch watch) {
        try {
            long bytes = 3L * size * size;
            if (!Files.exists(file)) fill(file, size, count, render, watch);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            if (channel.size() != bytes * count) {
                channel.close();
                throw new UsageException("%s has %d bytes, expected %d pictures of %d pixels. Delete it to render it anew.", file, Files.size(file), count, size);
            }
            return new PicturePool(channel, size, count);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void fill(Path file, int size, int count, IntFunction<List<Picture>> render, Watch watch) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path part = file.resolveSibling(file.getFileName() + ".part");
        long began = System.nanoTime();
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            int done = 0;
            for (int first = 0; done < count; first += GROUP) {
                int from = first;
                List<List<Picture>> made = IntStream.range(0, GROUP).parallel().mapToObj(i -> render.apply(from + i)).toList();
                for (List<Picture> pictures : made) {
                    for (Picture picture : pictures) {
                        if (done == count) break;
                        if (picture.width() != size || picture.height() != size)
                            throw new UsageException("a picture is %d x %d, expected %d x %d", picture.width(), picture.height(), size, size);
                        ByteBuffer bytes = ByteBuffer.wrap(picture.rgb());
                        while (bytes.hasRemaining()) out.write(bytes);
                        done++;
                    }
                }
                double seconds = (System.nanoTime() - began) / 1e9;
                if (!watch.step(done, count, Duration.ofSeconds((long) (seconds / done * (count - done))), Map.of("pictures_per_second", done / seconds)))
                    throw new UsageException("stopped while rendering the pictures");
            }
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    public int count() {
        return count;
    }

    public int size() {
        return size;
    }

    public Picture picture(int i) {
        return Picture.of(size, size, bytes(i));
    }

    /** Writes a square of picture i as [3, side, side] in [-1, 1] into {@code into} from {@code at} on, mirrored if wanted. */
    void crop(int i, int left, int top, int side, boolean mirrored, float[] into, int at) {
        byte[] rgb = bytes(i);
        int plane = side * side;
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int from = 3 * ((top + y) * size + left + (mirrored ? side - 1 - x : x)), to = at + y * side + x;
                for (int c = 0; c < 3; c++) into[to + c * plane] = (rgb[from + c] & 255) / 127.5f - 1;
            }
        }
    }

    /** Whole pictures [n, 3, size, size] in [-1, 1]. */
    public Tensor batch(int... indices) {
        float[] values = new float[indices.length * 3 * size * size];
        for (int i = 0; i < indices.length; i++) crop(indices[i], 0, 0, size, false, values, i * 3 * size * size);
        return Tensor.of(values, indices.length, 3, size, size);
    }

    private byte[] bytes(int i) {
        ByteBuffer bytes = ByteBuffer.allocate(3 * size * size);
        long at = (long) i * bytes.capacity();
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, at + bytes.position()) < 0) throw new IOException("the pool of pictures ends early");
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
