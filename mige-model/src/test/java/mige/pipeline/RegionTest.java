package mige.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import mige.image.Picture;
import org.junit.jupiter.api.Test;

class RegionTest {

    static final Picture SOURCE = MigeTest.noise(64, 48, 4), UNTOUCHED = Picture.filled(64, 48, 0x808080);

    /** The untouched picture with a square of another colour. */
    private static Picture changed(int left, int top, int side) {
        return UNTOUCHED.paste(Picture.filled(side, side, 0xff0000), left, top);
    }

    @Test
    void autoGivesTheSourceBackWhenTheModelChangedNothing() {
        assertEquals(SOURCE, Region.AUTO.apply(SOURCE, () -> UNTOUCHED, UNTOUCHED));
    }

    @Test
    void autoTakesOverWhatDiffersFromTheUntouchedPictureAndKeepsTheRest() {
        Picture made = Region.AUTO.apply(SOURCE, () -> UNTOUCHED, changed(20, 16, 16));
        assertEquals(Picture.filled(12, 12, 0xff0000), made.crop(22, 18, 12, 12));
        assertEquals(SOURCE.crop(0, 0, 64, 12), made.crop(0, 0, 64, 12));
        assertEquals(SOURCE.crop(42, 0, 22, 48), made.crop(42, 0, 22, 48));
    }

    @Test
    void autoOverlooksSpecks() {
        assertEquals(SOURCE, Region.AUTO.apply(SOURCE, () -> UNTOUCHED, UNTOUCHED.paste(Picture.filled(1, 1, 0xa0a0a0), 30, 30)));
    }

    @Test
    void autoTakesAllWhenAllDiffers() {
        Picture all = Picture.filled(64, 48, 0x102030);
        assertEquals(all, Region.AUTO.apply(SOURCE, () -> UNTOUCHED, all));
    }

    @Test
    void everywhereKeepsNothing() {
        assertNotEquals(SOURCE, Region.EVERYWHERE.apply(SOURCE, () -> UNTOUCHED, UNTOUCHED));
    }
}
