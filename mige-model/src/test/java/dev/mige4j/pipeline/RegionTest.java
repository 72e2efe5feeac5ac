package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import org.junit.jupiter.api.Test;

class RegionTest {

    static final Image SOURCE = MigeTest.noise(64, 48, 4), RECONSTRUCTION = Image.filled(64, 48, 0x808080);

    /** The reconstruction with a square of another colour. */
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
    void keepsColoursAndAlphaOutsideAndIsOpaqueInside() {
        byte[] alpha = new byte[64 * 48];
        for (int i = 0; i < alpha.length; i++) alpha[i] = (byte) i;
        Image source = Image.of(64, 48, SOURCE.rgb(), alpha), right = Image.filled(32, 48, 0xffffff);
        Image result = Image.filled(64, 48, 0x102030);
        Region mask = Region.mask(Image.filled(64, 48, 0).paste(right, 32, 0));
        assertEquals(
                source.paste(result.crop(0, 0, 32, 48), 32, 0), mask.composite(source, () -> RECONSTRUCTION, result));
    }

    @Test
    void autoKeepsTheTransparencyOfACutOutAndItsColoursOnBlack() {
        byte[] alpha = new byte[64 * 48];
        for (int i = 0; i < alpha.length; i++) alpha[i] = (byte) (i % 64 < 16 ? 0 : i % 64 < 48 ? 128 : 255);
        Image source = Image.of(64, 48, Image.filled(64, 48, 0x00ff00).rgb(), alpha);
        Image black = Image.filled(64, 48, 0), edited = black.paste(Image.filled(64, 24, 0x600000), 0, 0);
        Image result = Region.AUTO.composite(source, () -> black, edited);
        assertArrayEquals(alpha, result.alpha());
        assertEquals(source.crop(0, 0, 16, 48), result.crop(0, 0, 16, 48));
        assertEquals(source.crop(0, 36, 64, 12), result.crop(0, 36, 64, 12));
        assertEquals(Image.filled(48, 12, 0x600000), result.crop(16, 0, 48, 12).flatten(0));
    }

    @Test
    void everywhereKeepsNoSourcePixels() {
        assertNotEquals(SOURCE, Region.EVERYWHERE.composite(SOURCE, () -> RECONSTRUCTION, RECONSTRUCTION));
    }

    /** 20 x 15 times as large as the edited image, in several strips. */
    @Test
    void autoScalesTheRegionToALargeSource() {
        Image source = MigeTest.noise(1280, 720, 4);
        Image result = Region.AUTO.composite(source, () -> RECONSTRUCTION, changed(20, 16, 16));
        assertEquals(Image.filled(240, 180, 0xff0000), result.crop(440, 270, 240, 180));
        assertEquals(source.crop(0, 0, 1280, 190), result.crop(0, 0, 1280, 190));
        assertEquals(source.crop(0, 0, 330, 720), result.crop(0, 0, 330, 720));
        assertEquals(source.crop(800, 0, 480, 720), result.crop(800, 0, 480, 720));
    }

    @Test
    void aMaskCopiesTheLightPixelsInEveryStrip() {
        Image source = MigeTest.noise(300, 200, 4), mask = MigeTest.noise(90, 60, 5), edited = changed(20, 16, 16);
        byte[] expected = source.rgb(),
                scaledMask = Resampling.BILINEAR.resize(mask, 300, 200).rgb(),
                scaledEdit = Resampling.BICUBIC.resize(edited, 300, 200).rgb();
        for (int i = 0; i < expected.length; i += 3)
            if ((scaledMask[i] & 255) + (scaledMask[i + 1] & 255) + (scaledMask[i + 2] & 255) > 381)
                System.arraycopy(scaledEdit, i, expected, i, 3);
        assertEquals(Image.of(300, 200, expected), Region.mask(mask).composite(source, () -> RECONSTRUCTION, edited));
    }

    @Test
    void aMaskThatIsDarkInTheSizeOfTheSourceIsRefused() {
        Image mask = Image.filled(640, 480, 0).paste(Image.filled(1, 1, 0xffffff), 9, 9);
        assertEquals(
                "The mask is dark everywhere when it is scaled to 64 x 48 pixels, so no pixel may change. Paint a"
                        + " larger part white.",
                assertThrows(UsageException.class, () -> Region.mask(mask).checkSource(SOURCE))
                        .getMessage());
    }
}
