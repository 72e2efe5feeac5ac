package dev.mige4j.train.dataset;

import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.mige4j.autoencoder.ImageTensors;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageCacheTest {

    private static final int SIZE = 24;

    @TempDir
    Path folder;

    private ImageCache cache;

    @BeforeEach
    void open() {
        cache = ImageCache.open(folder.resolve("images.bin"), SIZE, 3, i -> List.of(noise(i)), ProgressListener.NONE);
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private static Image noise(int i) {
        byte[] rgb = new byte[3 * SIZE * SIZE];
        Random random = new Random(i);
        for (int p = 0; p < rgb.length; p++) rgb[p] = (byte) (64 + random.nextInt(128)); // resizing never clips
        return Image.of(SIZE, SIZE, rgb);
    }

    @Test
    void returnsTheRenderedImages() {
        assertArrayEquals(noise(2).rgb(), cache.image(2).rgb());
        assertClose(ImageTensors.toTensor(noise(1)), cache.batch(2, 1).row(1), 1e-6);
    }

    @Test
    void cutsAndMirrorsCrops() {
        Tensor crops =
                cache.crops(List.of(new ImageCache.Crop(0, 3, 5, false), new ImageCache.Crop(2, 16, 0, true)), 8);
        assertClose(ImageTensors.toTensor(noise(0).crop(3, 5, 8, 8)), crops.row(0), 1e-6);
        assertClose(ImageTensors.toTensor(noise(2).crop(16, 0, 8, 8)).flip(3), crops.row(1), 1e-6);
    }

    @Test
    void resizesLikeTheHost() {
        Tensor resized = cache.resizedCrops(
                List.of(new ImageCache.Crop(1, 0, 0, false), new ImageCache.Crop(1, 0, 0, true)),
                new int[] {SIZE, SIZE},
                16);
        Tensor expected = ImageTensors.toTensor(ImagePreprocessing.stretch(noise(1), 16));
        assertClose(expected, resized.row(0), 1.5 / 127.5); // the host rounds to bytes after each direction
        assertClose(expected.flip(3), resized.row(1), 1.5 / 127.5);
    }

    @Test
    void resizesCropsOfDifferentSizes() {
        Tensor resized = cache.resizedCrops(
                List.of(new ImageCache.Crop(0, 4, 6, false), new ImageCache.Crop(1, 2, 0, false)),
                new int[] {16, 20},
                16);
        assertClose(ImageTensors.toTensor(noise(0).crop(4, 6, 16, 16)), resized.row(0), 1e-5);
        Tensor inner = ImageTensors.toTensor(ImagePreprocessing.stretch(noise(1).crop(2, 0, 20, 20), 16));
        assertClose(
                inner.narrow(2, 4, 8).narrow(3, 4, 8),
                resized.row(1).narrow(2, 4, 8).narrow(3, 4, 8),
                1.5 / 127.5);
    }
}
