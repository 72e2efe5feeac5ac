package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.mige4j.image.Image;
import org.junit.jupiter.api.Test;

class RegionTest {

    static final Image SOURCE = MigeTest.noise(64, 48, 4), RECONSTRUCTION = Image.filled(64, 48, 0x808080);

    /** The untouched picture with a square of another colour. */
    private static Image changed(int left, int top, int side) {
        return RECONSTRUCTION.paste(Image.filled(side, side, 0xff0000), left, top);
    }

    @Test
    void autoReturnsTheSourceWhenNothingChanged() {
        assertEquals(SOURCE, Region.AUTO.composite(SOURCE, () -> RECONSTRUCTION, RECONSTRUCTION));
    }

    @Test
    void autoCopiesChangedPixelsOnly() {
        Image result = Region.AUTO.composite(SOURCE, () -> RECONSTRUCTION, changed(20, 16, 16));
        assertEquals(Image.filled(12, 12, 0xff0000), result.crop(22, 18, 12, 12));
        assertEquals(SOURCE.crop(0, 0, 64, 12), result.crop(0, 0, 64, 12));
        assertEquals(SOURCE.crop(42, 0, 22, 48), result.crop(42, 0, 22, 48));
    }

    @Test
    void autoIgnoresSmallComponents() {
        assertEquals(
                SOURCE,
                Region.AUTO.composite(
                        SOURCE, () -> RECONSTRUCTION, RECONSTRUCTION.paste(Image.filled(1, 1, 0xa0a0a0), 30, 30)));
    }

    @Test
    void autoCopiesEverythingWhenEverythingChanged() {
        Image all = Image.filled(64, 48, 0x102030);
        assertEquals(all, Region.AUTO.composite(SOURCE, () -> RECONSTRUCTION, all));
    }

    @Test
    void everywhereKeepsNoSourcePixels() {
        assertNotEquals(SOURCE, Region.EVERYWHERE.composite(SOURCE, () -> RECONSTRUCTION, RECONSTRUCTION));
    }
}
