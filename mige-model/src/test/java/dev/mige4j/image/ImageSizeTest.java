package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageSizeTest {

    @Test
    void readsWidthAndHeight() {
        assertEquals(new ImageSize(1024, 1536), ImageSize.parse("1024x1536"));
        assertEquals("1024x1536", ImageSize.parse("1024X1536").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1024", "1024x", "x1024", "-64x64", "64x64x64", "64 x 64", "999999x64", "auto"})
    void refusesOtherText(String text) {
        var e = assertThrows(UsageException.class, () -> ImageSize.parse(text));
        assertTrue(e.getMessage().endsWith("expected WIDTHxHEIGHT in pixels, such as 1024x1536."), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"15, 64", "64, 4097", "0, 0", "99999, 99999"})
    void refusesSidesThatAreTooShortOrTooLong(int width, int height) {
        var e = assertThrows(UsageException.class, () -> new ImageSize(width, height));
        assertTrue(e.getMessage().contains("expected 16 to 4096 pixels per side"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"64, 64", "96, 64", "64, 96", "17, 31", "16, 200", "4096, 16"})
    void coversTheSizeFromAnyImage(int width, int height) {
        ImageSize size = new ImageSize(width, height);
        for (Image image : new Image[] {Image.filled(32, 32, 0x336699), Image.filled(33, 7, 0x336699)})
            assertEquals(Image.filled(width, height, 0x336699), size.cover(image));
    }

    @Test
    void cutsOffBothSidesEqually() {
        Image stripes = Image.filled(96, 32, 0xff0000)
                .paste(Image.filled(32, 32, 0x00ff00), 32, 0)
                .paste(Image.filled(32, 32, 0x0000ff), 64, 0);
        Image covered = new ImageSize(32, 32).cover(stripes);
        assertEquals(Image.filled(32, 32, 0x00ff00), covered);
        assertEquals("left and right", new ImageSize(32, 32).describeCrop(96, 32));
        assertEquals("top and bottom", new ImageSize(64, 32).describeCrop(32, 32));
        assertEquals("", new ImageSize(64, 64).describeCrop(32, 32));
    }

    @Test
    void returnsAnImageOfThatSizeAsItIs() {
        Image image = Image.filled(32, 48, 0x123456);
        assertSame(image, new ImageSize(32, 48).cover(image));
        assertFalse(new ImageSize(48, 32).isSizeOf(image));
    }

    @Test
    void keepsAlphaWithoutDarkEdges() {
        byte[] rgb = Image.filled(16, 16, 0xc86432).rgb(), alpha = new byte[256];
        for (int i = 128; i < 256; i++) alpha[i] = (byte) 255; // the lower half is opaque
        Image covered = new ImageSize(64, 64).cover(Image.of(16, 16, rgb, alpha));
        assertTrue(covered.hasAlpha());
        byte[] resultAlpha = covered.alpha(), resultRgb = covered.straightRgb();
        assertEquals(0, resultAlpha[0]);
        assertEquals(255, resultAlpha[64 * 64 - 1] & 255);
        for (int i = 0; i < resultAlpha.length; i++)
            if ((resultAlpha[i] & 255) > 64) assertEquals(0xc8, resultRgb[3 * i] & 255, 12, "red of pixel " + i);
    }
}
