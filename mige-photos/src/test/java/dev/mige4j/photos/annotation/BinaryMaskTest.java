package dev.mige4j.photos.annotation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BinaryMaskTest {

    private static final byte[] CORNER = {0, 0, 0, 0, 1, 1, 0, 0, 1}; // 3 x 3

    @Test
    void knowsItsAreaAndBox() {
        BinaryMask mask = BinaryMask.of(3, 3, CORNER);
        assertEquals(3, mask.area());
        assertEquals(1 / 3.0, mask.coverage(), 1e-12);
        assertEquals(Optional.of(new PixelBox(1, 1, 2, 2)), mask.box());
        assertEquals(Optional.empty(), BinaryMask.of(3, 3, new byte[9]).box());
    }

    @Test
    void bytesAndMaskAreTheSamePixels() {
        byte[] bytes = BinaryMask.of(3, 3, CORNER).toBytes();
        assertArrayEquals(new byte[] {0, 0, 0, 0, -1, -1, 0, 0, -1}, bytes);
        assertEquals(BinaryMask.of(3, 3, CORNER), BinaryMask.of(3, 3, bytes));
    }

    @Test
    void aLargerMaskRepeatsPixelsAndASmallerOneOfTheSameShapeIsTheOriginal() {
        BinaryMask mask = BinaryMask.of(3, 3, CORNER), large = mask.resize(6, 9);
        assertEquals(3 * 6, large.area());
        assertEquals(Optional.of(new PixelBox(2, 3, 4, 6)), large.box());
        assertEquals(mask, large.resize(3, 3));
    }

    @Test
    void refusesBytesOfAnotherSize() {
        UsageException error = assertThrows(UsageException.class, () -> BinaryMask.of(2, 2, new byte[3]));
        assertEquals("A mask of 2 x 2 needs 4 bytes, got 3.", error.getMessage());
    }
}
