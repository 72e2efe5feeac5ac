package mige.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mige.eval.Difference.Area;
import mige.image.Picture;
import mige.tensor.ShapeException;
import org.junit.jupiter.api.Test;

class DifferenceTest {
    final Picture black = Picture.filled(4, 2, 0), grey = Picture.filled(4, 2, 0x333333), half = black.paste(Picture.filled(2, 2, 0xffffff), 2, 0);
    final byte[] rightHalf = {0, 0, 1, 1, 0, 0, 1, 1};

    @Test void findsNothingBetweenEqualPictures() {
        assertEquals(0, Difference.l1(half, half, Area.ALL).getAsDouble());
        assertEquals(0, Difference.l2(half, half, Area.ALL).getAsDouble());
        assertEquals(60, Difference.psnr(half, half, Area.ALL).getAsDouble());
    }

    @Test void averagesOverPixelsAndChannels() {
        assertEquals(0.2, Difference.l1(black, grey, Area.ALL).getAsDouble(), 1e-12);
        assertEquals(0.04, Difference.l2(black, grey, Area.ALL).getAsDouble(), 1e-12);
        assertEquals(-10 * Math.log10(0.04), Difference.psnr(black, grey, Area.ALL).getAsDouble(), 1e-9);
        assertEquals(1 / 3.0, Difference.l1(black, Picture.filled(4, 2, 0x00ff00), Area.ALL).getAsDouble(), 1e-12);
    }

    @Test void keepsInsideAndOutsideApart() {
        assertEquals(0.5, Difference.l1(black, half, Area.ALL).getAsDouble());
        assertEquals(1, Difference.l1(black, half, Area.inside(rightHalf)).getAsDouble());
        assertEquals(0, Difference.l1(black, half, Area.outside(rightHalf)).getAsDouble());
    }

    @Test void hasNoAnswerWhereNoPixelCounts() {
        assertTrue(Difference.l1(black, half, Area.inside(new byte[8])).isEmpty());
        assertTrue(Difference.psnr(black, half, Area.inside(new byte[8])).isEmpty());
    }

    @Test void comparesOneSizeOnly() {
        var e = assertThrows(ShapeException.class, () -> Difference.l1(black, Picture.filled(2, 4, 0), Area.ALL));
        assertEquals("pictures to compare are 4 x 2 and 2 x 4, expected one size", e.getMessage());
    }
}
