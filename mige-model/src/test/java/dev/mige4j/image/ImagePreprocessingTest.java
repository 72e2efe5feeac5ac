package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.ReferenceFiles;
import dev.mige4j.image.ImagePreprocessing.Box;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImagePreprocessingTest {

    @Test
    void matchesTheReferenceExactly() throws Exception {
        Image image = Image.read(ReferenceFiles.file("encoder/preprocess/src_64x97.png"));
        assertEquals(
                Image.read(ReferenceFiles.file("encoder/preprocess/expect_src_64x97.vae512_edit.png")),
                ImagePreprocessing.centerCrop(image, 512).image());

        String tensors = "encoder/preprocess.safetensors", prefix = "output.src_64x97.";
        byte[] stretched = new byte[224 * 224 * 3];
        ReferenceFiles.tensor(tensors, prefix + "clip224_u8").get(stretched);
        assertArrayEquals(stretched, ImagePreprocessing.stretch(image, 224).rgb());

        float[] rows = ReferenceFiles.floats(tensors, prefix + "vae512_subject_f32_rows_250_to_253"),
                planes = ImagePreprocessing.letterbox(image, 512).image().toPlanes();
        for (int i = 0; i < rows.length; i++)
            assertEquals(rows[i], planes[i / (4 * 512) * 512 * 512 + 250 * 512 + i % (4 * 512)]);
    }

    @Test
    @SuppressWarnings("FloatingPointLiteralPrecision") // as published
    void normalizesWithTheMeanAndStandardDeviationOfClip() {
        float[] mean = {0.48145466f, 0.4578275f, 0.40821073f}, std = {0.26862954f, 0.26130258f, 0.27577711f};
        Image image = noise(8, 20, 30);
        byte[] stretched = ImagePreprocessing.stretch(image, 16).rgb();
        float[] planes = ImagePreprocessing.clipPlanes(image, 16);
        for (int i = 0; i < planes.length; i++) {
            int channel = i / 256, value = stretched[i % 256 * 3 + channel] & 0xff;
            assertEquals((value / 255f - mean[channel]) / std[channel], planes[i]);
        }
    }

    @Test
    void matchesTheReferenceGeometry() throws Exception {
        for (var testCase : ReferenceFiles.json("encoder/preprocess/geometry.json")) {
            Image image =
                    Image.filled(testCase.get("w").asInt(), testCase.get("h").asInt(), 0xffffff);
            var subject = testCase.get("subject").get("content");
            int left = subject.get(0).asInt(), top = subject.get(1).asInt();
            var letterboxed = ImagePreprocessing.letterbox(image, 512);
            assertEquals(
                    new Box(
                            left,
                            top,
                            subject.get(2).asInt() - left,
                            subject.get(3).asInt() - top),
                    letterboxed.content());
            assertEquals(
                    Image.filled(
                            letterboxed.content().width(), letterboxed.content().height(), 0xffffff),
                    letterboxed.removePadding(letterboxed.image()));
            assertEquals(
                    Image.filled(512, 512, 0xffffff),
                    ImagePreprocessing.centerCrop(image, 512).image());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void resizingWithACropMatchesResizingThenCropping(long seed) {
        Image image = noise(seed, 61, 40);
        for (Resampling resampling : Resampling.values())
            assertEquals(
                    resampling.resize(image, 97, 23).crop(11, 5, 50, 13),
                    resampling.resize(image, 97, 23, 11, 5, 50, 13));
    }

    @Test
    void leavesAnImageOfTheRightSizeUnchanged() {
        Image image = noise(4, 32, 32);
        assertEquals(image, ImagePreprocessing.stretch(image, 32));
        assertEquals(image, ImagePreprocessing.centerCrop(image, 32).image());
        assertEquals(image, ImagePreprocessing.letterbox(image, 32).image());
    }

    @Test
    void handlesExtremeAspectRatios() {
        assertEquals(
                1, ImagePreprocessing.letterbox(noise(6, 3000, 1), 64).content().height());
        assertEquals(
                64, ImagePreprocessing.centerCrop(noise(6, 3000, 1), 64).image().width());
    }

    @Test
    void resizesALargePhotoQuickly() {
        Image photo = noise(7, 4000, 3000);
        long start = System.nanoTime();
        ImagePreprocessing.centerCrop(photo, 512);
        ImagePreprocessing.stretch(photo, 224);
        assertTrue(System.nanoTime() - start < 2e10, "resizing 12 megapixels took longer than 20 s");
    }

    static Image noise(long seed, int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(seed).nextBytes(rgb);
        return Image.of(width, height, rgb);
    }
}
