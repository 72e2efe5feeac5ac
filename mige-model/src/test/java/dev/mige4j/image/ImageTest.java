package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import org.junit.jupiter.api.Test;

class ImageTest {
    private static final Image TRANSLUCENT =
            Image.of(2, 1, new byte[] {(byte) 200, 100, 0, -1, -1, -1}, new byte[] {(byte) 128, 0});

    final Image noise = ImagePreprocessingTest.noise(3, 11, 7);

    @Test
    void clampsAndRoundsToTheNearestByteLikeTorchvision() {
        float half = 1f / 255; // half a step of the 256 levels
        float[] values = {-1.5f, -1, -1 + 0.9f * half, -1 + 1.1f * half, 0, 1 - 1.1f * half, 1 - 0.9f * half, 1, 7};
        int[] expected = {0, 0, 0, 1, 128, 254, 255, 255, 255};
        float[] planes = new float[3 * values.length];
        for (int i = 0; i < planes.length; i++) planes[i] = values[i % values.length];
        byte[] rgb = Image.fromPlanes(values.length, 1, planes).rgb();
        for (int i = 0; i < rgb.length; i++) assertEquals(expected[i / 3], rgb[i] & 0xff, "value " + values[i / 3]);
    }

    @Test
    void normalisesPlanesWithMeanAndDeviation() {
        float[] planes = Image.of(1, 1, new byte[] {0, (byte) 255, 51})
                .toPlanes(new float[] {0.5f, 0.25f, 0.2f}, new float[] {0.5f, 0.25f, 2f});
        assertArrayEquals(new float[] {-1, 3, 0}, planes);
    }

    @Test
    void planesRoundTrip() {
        assertEquals(noise, Image.fromPlanes(11, 7, noise.toPlanes()));
        assertEquals(noise, Image.of(noise.toBufferedImage()));
    }

    @Test
    void isImmutable() {
        byte[] rgb = noise.rgb();
        Image copy = Image.of(11, 7, rgb);
        rgb[0]++;
        copy.rgb()[1]++;
        assertEquals(noise, copy);
        assertEquals(noise.hashCode(), copy.hashCode());
        assertNotEquals(noise, Image.of(11, 7, rgb));
    }

    @Test
    void cropsAndPastes() {
        Image part = noise.crop(2, 1, 5, 4);
        assertEquals(noise, noise.paste(part, 2, 1));
        assertEquals(part, Image.filled(11, 7, 0).paste(part, 3, 2).crop(3, 2, 5, 4));
        assertEquals(
                noise.crop(0, 0, 1, 1),
                Image.filled(2, 2, 0).paste(noise.crop(0, 0, 1, 1), 1, 1).crop(1, 1, 1, 1));
        assertEquals(part.crop(1, 1, 4, 3), Image.filled(4, 3, 0).paste(part, -1, -1));
    }

    @Test
    void isReadByModelsOnBlack() {
        assertArrayEquals(new byte[] {100, 50, 0, 0, 0, 0}, TRANSLUCENT.rgb());
        assertArrayEquals(TRANSLUCENT.flatten(0).toPlanes(), TRANSLUCENT.toPlanes());
        assertEquals(
                Resampling.BICUBIC.resize(TRANSLUCENT.flatten(0), 5, 3), Resampling.BICUBIC.resize(TRANSLUCENT, 5, 3));
        assertArrayEquals(
                new byte[] {(byte) 227, (byte) 177, 127, -1, -1, -1},
                TRANSLUCENT.flatten(0xffffff).rgb());
    }

    @Test
    void keepsAlphaWhenCroppedAndPasted() {
        Image ground = Image.filled(3, 1, 0x010203), pasted = ground.paste(TRANSLUCENT, 1, 0);
        assertEquals(TRANSLUCENT, pasted.crop(1, 0, 2, 1));
        assertEquals(ground.crop(0, 0, 1, 1), pasted.crop(0, 0, 1, 1));
        assertEquals(ground, pasted.paste(ground, 0, 0));
        assertFalse(ground.hasAlpha());
        assertTrue(pasted.hasAlpha());
    }

    @Test
    void isOpaqueWhenAlphaIs255Everywhere() {
        Image opaque = Image.of(1, 1, new byte[] {1, 2, 3}, new byte[] {-1});
        assertEquals(Image.of(1, 1, new byte[] {1, 2, 3}), opaque);
        assertFalse(opaque.hasAlpha());
        assertNotEquals(opaque, Image.of(1, 1, new byte[] {1, 2, 3}, new byte[] {-2}));
    }

    @Test
    void rejectsInvalidSizes() {
        assertEquals(
                "The alpha of an image of 2 x 1 needs 2 bytes, got 1.",
                assertThrows(UsageException.class, () -> Image.of(2, 1, new byte[6], new byte[1]))
                        .getMessage());
        assertEquals(
                "An image of 0 x 3 has no pixels; both sides must be at least 1.",
                assertThrows(UsageException.class, () -> Image.of(0, 3, new byte[0]))
                        .getMessage());
        assertEquals(
                "An image of 2 x 2 needs 12 bytes (3 per pixel), got 4.",
                assertThrows(UsageException.class, () -> Image.of(2, 2, new byte[4]))
                        .getMessage());
        assertEquals(
                "The box at (8, 0) of 5 x 5 pixels is not inside the image of 11 x 7 pixels.",
                assertThrows(UsageException.class, () -> noise.crop(8, 0, 5, 5)).getMessage());
    }
}
