package dev.mige4j.train.dataset;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Images of one size in a file, rendered once. The file contains {@code size · size · 3} bytes for each image: rows
 * from the top; red, green, blue. On a CPU the file is mapped; on another device the images are resident there, so that
 * batches are made without the host. Thread-safe.
 */
public final class ImageCache implements AutoCloseable {

    /**
     * A square part of an image, optionally mirrored.
     *
     * @param image index of the image
     * @param left in pixels
     * @param top in pixels
     */
    public record Crop(int image, int left, int top, boolean mirrored) {}

    private static final int EXAMPLES_PER_CHUNK = 256;

    private final Tensor pixels; // [count · size · size, 3]
    private final int imageSize;
    private final int count;

    private ImageCache(Tensor pixels, int imageSize, int count) {
        this.pixels = pixels;
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
            if (Files.size(file) != bytes * count)
                throw new UsageException(
                        "%s has %d bytes, expected %d images of %d x %d pixels. Delete it to render them again.",
                        file, Files.size(file), count, imageSize, imageSize);
            return new ImageCache(
                    Scope.unscoped(() -> Tensor.fromFile(DType.U8, file, 0, (long) count * imageSize * imageSize, 3)),
                    imageSize,
                    count);
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
        long pixelsPerImage = (long) imageSize * imageSize;
        byte[] rgb = Scope.scoped(
                () -> pixels.narrow(0, i * pixelsPerImage, pixelsPerImage).toByteArray());
        return Image.of(imageSize, imageSize, rgb);
    }

    /** Square crops [n, 3, side, side] in [-1, 1], cut on the device. */
    public Tensor crops(List<Crop> crops, int side) {
        int n = crops.size();
        long[] placement = new long[2 * n]; // index of the pixel of each crop's first column, and the step to the next
        for (int i = 0; i < n; i++) {
            Crop crop = crops.get(i);
            placement[i] = ((long) crop.image() * imageSize + crop.top()) * imageSize
                    + crop.left()
                    + (crop.mirrored() ? side - 1 : 0);
            placement[n + i] = crop.mirrored() ? -1 : 1;
        }
        Tensor placements = Tensor.of(placement, 2, n, 1, 1),
                columns = Tensor.arange(side), // [s]
                rows = columns.view(side, 1).mul(imageSize).to(DType.I64); // [s, 1]
        Tensor indices =
                placements.select(0, 0).add(rows).add(placements.select(0, 1).mul(columns)); // [n, s, s]
        return pixels.indexSelect(0, indices.reshape(-1))
                .view(n, side, side, 3)
                .permute(0, 3, 1, 2)
                .contiguous()
                .to(DType.F32)
                .div(127.5)
                .sub(1);
    }

    /**
     * Squares of images, resized to {@code side} on the device: [n, 3, side, side] in [-1, 1]. Bicubic with
     * antialiasing, as {@link dev.mige4j.image.ImagePreprocessing#stretch}; only the border of a crop may see the
     * pixels outside it.
     *
     * @param crops the upper left corners
     * @param sizes the side of each crop, at most the image size
     */
    public Tensor resizedCrops(List<Crop> crops, int[] sizes, int side) {
        int n = crops.size();
        long[] ids = new long[n];
        float[] left = new float[n], top = new float[n], scale = new float[n];
        for (int i = 0; i < n; i++) {
            Crop crop = crops.get(i);
            ids[i] = crop.image();
            scale[i] = (float) sizes[i] / side * (crop.mirrored() ? -1 : 1);
            left[i] = crop.left() + (crop.mirrored() ? sizes[i] : 0);
            top[i] = crop.top();
        }
        Tensor images = pixels.view(count, imageSize, imageSize, 3)
                .indexSelect(0, Tensor.of(ids, n))
                .permute(0, 3, 1, 2)
                .contiguous()
                .to(DType.F32); // [n, 3, size, size]
        Tensor scales = Tensor.of(scale, n, 1, 1);
        Tensor rows = resizeWeights(Tensor.of(top, n, 1, 1), scales.abs(), side), // [n, side, size]
                columns = resizeWeights(Tensor.of(left, n, 1, 1), scales, side);
        return rows.unsqueeze(1)
                .matmul(images)
                .matmul(columns.transpose(1, 2).unsqueeze(1))
                .clamp(0, 255)
                .div(127.5)
                .sub(1);
    }

    /** The weight of each pixel of a line in each pixel of a resized line that starts at {@code from} [n, 1, 1]. */
    private Tensor resizeWeights(Tensor from, Tensor scales, int side) {
        Tensor centers = Tensor.arange(side)
                .view(1, side, 1)
                .to(DType.F32)
                .add(0.5)
                .mul(scales)
                .add(from);
        Tensor positions =
                Tensor.arange(imageSize).view(1, 1, imageSize).to(DType.F32).add(0.5);
        Tensor distances = centers.sub(positions).abs().div(scales.abs().clampMin(1)); // [n, side, size]
        Tensor near = distances.mul(1.5).sub(2.5).mul(distances).mul(distances).add(1), // Keys' kernel, a = -1/2
                far =
                        distances
                                .mul(-0.5)
                                .add(2.5)
                                .mul(distances)
                                .sub(4)
                                .mul(distances)
                                .add(2);
        Tensor weights = Tensor.where(distances.lt(1), near, Tensor.where(distances.lt(2), far, Tensor.zeros(1)));
        return weights.div(weights.sum(true, 2));
    }

    /** Images [n, 3, size, size] in [-1, 1]. */
    public Tensor batch(int... indices) {
        return crops(
                Arrays.stream(indices).mapToObj(i -> new Crop(i, 0, 0, false)).toList(), imageSize);
    }

    @Override
    public void close() {
        pixels.close();
    }
}
