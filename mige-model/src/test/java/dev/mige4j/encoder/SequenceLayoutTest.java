package dev.mige4j.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SequenceLayoutTest {

    static final int[] EMPTY = {};

    static SequenceLayout layout(int slots, int maxLength, int[]... segments) {
        return SequenceLayout.of(List.of(segments), slots, 2, maxLength, 1);
    }

    @Test
    void insertsEachImageAtItsPlaceholder() {
        SequenceLayout layout = layout(4, 20, new int[] {7, 8}, new int[] {9}, EMPTY);
        assertArrayEquals(new int[] {7, 8, -1, -2, 9, -3, -4, 1}, layout.tokens());
        assertEquals(0, layout.droppedTokens());
        assertEquals(2, layout.usedImageSlots());
    }

    @Test
    void isOnlyEosForEmptyText() {
        assertArrayEquals(new int[] {1}, layout(4, 20, EMPTY).tokens());
        assertEquals(0, layout(4, 20, EMPTY).usedImageSlots());
    }

    @Test
    void dropsSegmentsAfterTheLastUsedSlot() {
        SequenceLayout layout = layout(1, 20, new int[] {5}, new int[] {6, 6}, new int[] {7});
        assertArrayEquals(new int[] {5, -1, -2, 7, 1}, layout.tokens());
        assertEquals(2 + 2, layout.droppedTokens());
    }

    @Test
    void truncatesEvenInsideAnImage() {
        SequenceLayout layout = layout(4, 4, new int[] {5, 6, 7}, new int[] {8});
        assertArrayEquals(new int[] {5, 6, 7, -1}, layout.tokens());
        assertEquals(3, layout.droppedTokens());
        assertEquals(1, layout.usedImageSlots());
    }

    @Test
    void needsNoSlotForATruncatedPlaceholder() {
        assertEquals(1, layout(4, 4, new int[] {5}, new int[] {6}, EMPTY).usedImageSlots());
    }

    @Test
    void findsTheImagesThatAreWhole() {
        List<int[]> segments = List.of(new int[] {7}, new int[] {8}, new int[] {});
        SequenceLayout layout = SequenceLayout.of(segments, 4, 3, 99, 1); // token, image, token, image, end
        assertEquals(OptionalInt.of(1), layout.positionOfImage(0));
        assertEquals(OptionalInt.of(5), layout.positionOfImage(1));
        assertEquals(OptionalInt.empty(), layout.positionOfImage(2));
        SequenceLayout cut = SequenceLayout.of(segments, 4, 3, 7, 1);
        assertEquals(OptionalInt.of(1), cut.positionOfImage(0));
        assertEquals(OptionalInt.empty(), cut.positionOfImage(1));
    }
}
