package dev.mige4j.eval.embedding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ImageTransformTest {

    private static final ImageTransform CLIP = ImageTransform.clip(224), DINO = ImageTransform.dino();

    private static Image noise(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(width).nextBytes(rgb);
        return Image.of(width, height, rgb);
    }

    @Test
    void resizesTheShorterSideAndCropsTheCentre() {
        Image image = noise(97, 64);
        assertEquals(Resampling.BICUBIC.resize(image, 339, 224).crop(57, 0, 224, 224), CLIP.resizeAndCrop(image));
        assertEquals(Resampling.BICUBIC.resize(image, 388, 256).crop(82, 16, 224, 224), DINO.resizeAndCrop(image));
    }

    @Test
    void roundsTheOffsetOfOpenAiHalfToEven() {
        Image image = noise(64, 97);
        assertEquals(
                Resampling.BICUBIC.resize(image, 224, 339).crop(0, 58, 224, 224),
                ImageTransform.clipOpenAi(224).resizeAndCrop(image));
    }

    @Test
    void dropsAlpha() {
        Image opaque = noise(30, 20);
        byte[] alpha = new byte[600];
        Arrays.fill(alpha, (byte) 7);
        assertEquals(CLIP.resizeAndCrop(opaque), CLIP.resizeAndCrop(Image.of(30, 20, opaque.rgb(), alpha)));
    }

    @Test
    void transformsVeryLongImages() {
        Image image = noise(1, 5000);
        Image middle = CLIP.resizeAndCrop(image);
        assertEquals(List.of(224, 224), List.of(middle.width(), middle.height()));
        assertArrayEquals(Arrays.copyOf(middle.rgb(), 3), Arrays.copyOfRange(middle.rgb(), 3 * 223, 3 * 224));
    }

    @Test
    void stacksTheImagesOfABatch() {
        Image first = noise(10, 20), second = noise(30, 10);
        var batch = CLIP.toTensor(List.of(first, second));
        assertArrayEquals(new long[] {2, 3, 224, 224}, batch.shape());
        assertArrayEquals(CLIP.toPlanes(second), batch.narrow(0, 1, 1).toFloatArray());
    }
}
