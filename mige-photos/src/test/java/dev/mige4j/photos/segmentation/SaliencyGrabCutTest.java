package dev.mige4j.photos.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SaliencyGrabCutTest {

    private static final int WIDTH = 160, HEIGHT = 120, CENTRE_X = 90, CENTRE_Y = 55, RADIUS = 30;

    private static boolean isInside(int x, int y) {
        return Math.hypot(x - CENTRE_X, y - CENTRE_Y) < RADIUS;
    }

    /** A ground that goes from dark to light green with some noise, and a red disk with a white spot. */
    private static Photo disk() {
        SplittableRandom random = new SplittableRandom(5);
        byte[] rgb = new byte[3 * WIDTH * HEIGHT];
        for (int i = 0; i < rgb.length; i += 3) {
            int x = i / 3 % WIDTH, y = i / 3 / WIDTH, noise = random.nextInt(16);
            boolean inside = isInside(x, y), spot = Math.hypot(x - CENTRE_X, y - CENTRE_Y) < RADIUS / 3.0;
            rgb[i] = (byte) (inside ? 200 + noise : 40 + x / 2 + noise);
            rgb[i + 1] = (byte) (spot ? 220 + noise : inside ? 30 + noise : 90 + x / 2 + noise);
            rgb[i + 2] = (byte) (spot ? 220 + noise : 30 + noise);
        }
        return new Photo("disk.png", Image.of(WIDTH, HEIGHT, rgb));
    }

    private static BinaryMask mask(Photo photo) {
        StageResult<List<ObjectMask>> result = new SaliencyGrabCut().apply(photo);
        return ((StageResult.Kept<List<ObjectMask>>) result).value().get(0).mask();
    }

    @Test
    void findsAnObjectThatStandsOutWhole() {
        BinaryMask mask = mask(disk());
        int wrong = 0;
        for (int i = 0; i < WIDTH * HEIGHT; i++)
            if (mask.contains(i % WIDTH, i / WIDTH) != isInside(i % WIDTH, i / WIDTH)) wrong++;
        assertTrue(wrong < 60, wrong + " pixels are wrong");
    }

    @Test
    void theMaskDoesNotDependOnEarlierPhotographs() {
        BinaryMask first = mask(disk());
        mask(new Photo("flipped.png", Image.filled(50, 40, 0x2040A0).paste(Image.filled(10, 15, 0xE0E020), 20, 10)));
        assertEquals(first, mask(disk()));
    }

    @Test
    void aPhotographOfOneColourIsDropped() {
        StageResult<List<ObjectMask>> result =
                new SaliencyGrabCut().apply(new Photo("plain.png", Image.filled(40, 30, 0x406080)));
        assertEquals(
                new StageResult.Dropped<>("no_object", "plain.png: no object stands out against the background."),
                result);
    }
}
