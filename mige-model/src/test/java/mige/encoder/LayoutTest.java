package mige.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutTest {

    static final int[] NOTHING = {};

    static Layout of(int slots, int most, int[]... segments) {
        return Layout.of(List.of(segments), slots, 2, most, 1);
    }

    @Test void putsEachPictureWhereItsMarkStood() {
        Layout layout = of(4, 20, new int[] {7, 8}, new int[] {9}, NOTHING);
        assertArrayEquals(new int[] {7, 8, -1, -2, 9, -3, -4, 1}, layout.places());
        assertEquals(0, layout.lost());
        assertEquals(2, layout.slots());
    }

    @Test void isTheEndAloneForNoWordsAtAll() {
        assertArrayEquals(new int[] {1}, of(4, 20, NOTHING).places());
        assertEquals(0, of(4, 20, NOTHING).slots());
    }

    @Test void dropsWhatStandsBetweenTheLastPairedMarkAndTheLastSegment() {
        Layout layout = of(1, 20, new int[] {5}, new int[] {6, 6}, new int[] {7});
        assertArrayEquals(new int[] {5, -1, -2, 7, 1}, layout.places());
        assertEquals(2 + 2, layout.lost());
    }

    @Test void cutsAtThePlaceEvenAmidAPicture() {
        Layout layout = of(4, 4, new int[] {5, 6, 7}, new int[] {8});
        assertArrayEquals(new int[] {5, 6, 7, -1}, layout.places());
        assertEquals(3, layout.lost());
        assertEquals(1, layout.slots());
    }

    @Test void needsNoPictureWhoseMarkWasCutOff() {
        assertEquals(1, of(4, 4, new int[] {5}, new int[] {6}, NOTHING).slots());
    }
}
