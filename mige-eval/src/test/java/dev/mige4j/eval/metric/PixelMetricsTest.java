package dev.mige4j.eval.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ShapeException;
import dev.mige4j.eval.metric.PixelMetrics.PixelMask;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import org.junit.jupiter.api.Test;

class PixelMetricsTest {
    final Image black = Image.filled(4, 2, 0),
            grey = Image.filled(4, 2, 0x333333),
            half = black.paste(Image.filled(2, 2, 0xffffff), 2, 0);
    final byte[] rightHalf = {0, 0, 1, 1, 0, 0, 1, 1};

    @Test
    void isZeroBetweenEqualImages() {
        assertEquals(0, PixelMetrics.l1(half, half, PixelMask.ALL).getAsDouble());
        assertEquals(0, PixelMetrics.l2(half, half, PixelMask.ALL).getAsDouble());
        assertEquals(60, PixelMetrics.psnr(half, half, PixelMask.ALL).getAsDouble());
    }

    @Test
    void averagesOverPixelsAndChannels() {
        assertEquals(0.2, PixelMetrics.l1(black, grey, PixelMask.ALL).getAsDouble(), 1e-12);
        assertEquals(0.04, PixelMetrics.l2(black, grey, PixelMask.ALL).getAsDouble(), 1e-12);
        assertEquals(
                -10 * Math.log10(0.04),
                PixelMetrics.psnr(black, grey, PixelMask.ALL).getAsDouble(),
                1e-9);
        assertEquals(
                1 / 3.0,
                PixelMetrics.l1(black, Image.filled(4, 2, 0x00ff00), PixelMask.ALL)
                        .getAsDouble(),
                1e-12);
    }

    @Test
    void separatesInsideFromOutside() {
        assertEquals(0.5, PixelMetrics.l1(black, half, PixelMask.ALL).getAsDouble());
        assertEquals(
                1, PixelMetrics.l1(black, half, PixelMask.inside(rightHalf)).getAsDouble());
        assertEquals(
                0, PixelMetrics.l1(black, half, PixelMask.outside(rightHalf)).getAsDouble());
    }

    @Test
    void isEmptyForAnEmptyMask() {
        assertTrue(PixelMetrics.l1(black, half, PixelMask.inside(new byte[8])).isEmpty());
        assertTrue(PixelMetrics.psnr(black, half, PixelMask.inside(new byte[8])).isEmpty());
    }

    @Test
    void rejectsDifferentSizes() {
        var e = assertThrows(ShapeException.class, () -> PixelMetrics.l1(black, Image.filled(2, 4, 0), PixelMask.ALL));
        assertEquals("The images are 4 x 2 and 2 x 4, expected the same size.", e.getMessage());
    }

    @Test
    void resizesTheOutputToTheExpectedImage() {
        Image large = Image.filled(8, 8, 0x333333).paste(Image.filled(4, 8, 0xffffff), 4, 0),
                resized = Resampling.BICUBIC.resize(large, 4, 2);
        assertEquals(PixelMetrics.l1(resized, half, PixelMask.ALL).getAsDouble(), PixelMetrics.l1(large, half));
        assertEquals(PixelMetrics.l2(resized, half, PixelMask.ALL).getAsDouble(), PixelMetrics.l2(large, half));
        assertEquals(0.2, PixelMetrics.l1(Image.filled(9, 7, 0x333333), black), 1e-12);
    }
}
