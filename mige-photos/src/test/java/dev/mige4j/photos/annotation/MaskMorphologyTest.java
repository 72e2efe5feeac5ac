package dev.mige4j.photos.annotation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MaskMorphologyTest {

    @Test
    void dilationAddsExactlyThePixelsWithinTheRadius() {
        SplittableRandom random = new SplittableRandom(1);
        for (int radius : new int[] {0, 1, 2, 5, 20}) {
            byte[] pixels = new byte[31 * 17];
            for (int i = 0; i < 4; i++) pixels[random.nextInt(pixels.length)] = 1;
            BinaryMask mask = BinaryMask.of(31, 17, pixels);
            assertEquals(dilateByDefinition(mask, radius), MaskMorphology.dilate(mask, radius), "radius " + radius);
        }
    }

    private static BinaryMask dilateByDefinition(BinaryMask mask, int radius) {
        byte[] pixels = new byte[mask.width() * mask.height()];
        for (int i = 0; i < pixels.length; i++)
            for (int j = 0; j < pixels.length; j++) {
                int dx = i % mask.width() - j % mask.width(), dy = i / mask.width() - j / mask.width();
                if (mask.contains(j % mask.width(), j / mask.width()) && dx * dx + dy * dy <= radius * radius)
                    pixels[i] = 1;
            }
        return BinaryMask.of(mask.width(), mask.height(), pixels);
    }

    @Test
    void anEmptyMaskStaysEmpty() {
        BinaryMask empty = BinaryMask.of(4, 3, new byte[12]);
        assertEquals(empty, MaskMorphology.dilate(empty, 2));
        assertEquals(empty, MaskMorphology.fillHoles(empty));
        assertEquals(empty, ConnectedComponents.largest(empty));
    }

    @Test
    void aHoleIsFilledAndABayIsNot() {
        assertEquals(
                parse(
                        ".......", //
                        ".####..", ".####..", ".####..", "...#.#.", "...#.#."),
                MaskMorphology.fillHoles(parse(
                        ".......", //
                        ".####..", ".#..#..", ".####..", "...#.#.", "...#.#.")));
    }

    @Test
    void theLargestPartHasPixelsThatAreConnectedBySides() {
        assertEquals(
                parse("...##", "....#", "....."), //
                ConnectedComponents.largest(parse("##.##", "....#", ".##..")));
        assertEquals(
                3, ConnectedComponents.largest(parse("#....", ".##..", "..#..")).area());
    }

    @Test
    void refusesANegativeRadius() {
        UsageException error =
                assertThrows(UsageException.class, () -> MaskMorphology.dilate(BinaryMask.of(1, 1, new byte[1]), -1));
        assertEquals("The radius of a dilation is -1, expected 0 or more.", error.getMessage());
    }

    /** A mask drawn with '#'. */
    private static BinaryMask parse(String... rows) {
        String pixels = String.join("", rows);
        byte[] bytes = new byte[pixels.length()];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (pixels.charAt(i) == '#' ? 1 : 0);
        return BinaryMask.of(rows[0].length(), rows.length, bytes);
    }
}
