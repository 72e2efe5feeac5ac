package dev.mige4j.photos.inpainting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.PhotoFixtures;
import dev.mige4j.photos.annotation.BinaryMask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatchMatchInpainterTest {

    private static final Image TEXTURE = PhotoFixtures.texture(160, 120);
    private static final BinaryMask HOLE = PhotoFixtures.disk(160, 120, 28);
    private static final Image PHOTO = PhotoFixtures.paint(TEXTURE, HOLE, 0xFF00FF);

    private static Image inpaint(Image image, BinaryMask mask) {
        return new PatchMatchInpainter().inpaint(image, mask);
    }

    /** The mean difference of two images in a mask, of 255. */
    private static double difference(Image a, Image b, BinaryMask mask) {
        byte[] one = a.rgb(), other = b.rgb(), inside = mask.toBytes();
        double sum = 0;
        for (int i = 0; i < one.length; i++) if (inside[i / 3] != 0) sum += Math.abs((one[i] & 255) - (other[i] & 255));
        return sum / (3.0 * mask.area());
    }

    @Test
    void continuesATextureThatOpenCvSmears() {
        double patches = difference(TEXTURE, inpaint(PHOTO, HOLE), HOLE),
                smear = difference(TEXTURE, OpenCvInpainter.DEFAULT.inpaint(PHOTO, HOLE), HOLE);
        assertTrue(patches < 0.25 * smear, patches + " and " + smear);
    }

    @Test
    void keepsAllOtherPixelsAndUsesNoneOfTheHole() {
        Image filled = inpaint(PHOTO, HOLE);
        assertEquals(PHOTO, PhotoFixtures.paint(filled, HOLE, 0xFF00FF));
        assertEquals(filled, inpaint(PhotoFixtures.paint(TEXTURE, HOLE, 0x00FF00), HOLE));
    }

    @Test
    void groundStaysBelowAndSkyAbove() {
        Image scene = Image.filled(160, 120, 0x60A0F0).paste(Image.filled(160, 50, 0x307020), 0, 70);
        Image filled = inpaint(PhotoFixtures.paint(scene, HOLE, 0xFF0000), HOLE);
        assertTrue(difference(scene, filled, HOLE) < 4, "difference " + difference(scene, filled, HOLE));
    }

    @Test
    void isTheSameOnAnyThread() {
        Image expected = inpaint(PHOTO, HOLE);
        assertTrue(IntStream.range(0, 4).parallel().allMatch(i -> inpaint(PHOTO, HOLE)
                .equals(expected)));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 9", "9, 1", "6, 6", "40, 30"})
    void fillsSmoothlyWhereNoWholePatchIsLeft(int width, int height) {
        byte[] all = new byte[width * height];
        for (int i = 1; i < all.length; i++) all[i] = 1;
        Image grey = Image.filled(width, height, 0x507090);
        assertEquals(grey, inpaint(grey, BinaryMask.of(width, height, all)));
    }

    @Test
    void fillsAHoleAtTheBorderAndChangesNothingWithoutAHole() {
        byte[] pixels = new byte[160 * 120];
        for (int i = 0; i < pixels.length; i++) if (i % 160 < 30 && i / 160 > 80) pixels[i] = 1;
        BinaryMask corner = BinaryMask.of(160, 120, pixels);
        double filled = difference(TEXTURE, inpaint(PhotoFixtures.paint(TEXTURE, corner, 0), corner), corner);
        assertTrue(filled < 15, "difference " + filled);
        assertEquals(TEXTURE, inpaint(TEXTURE, BinaryMask.of(160, 120, new byte[160 * 120])));
    }

    @Test
    void refusesAMaskOfAnotherSize() {
        assertThrows(UsageException.class, () -> inpaint(Image.filled(4, 5, 0), BinaryMask.of(5, 4, new byte[20])));
    }
}
