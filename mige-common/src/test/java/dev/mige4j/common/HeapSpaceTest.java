package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HeapSpaceTest {

    @Test
    void whatFitsIsAccepted() {
        assertDoesNotThrow(() -> HeapSpace.require(20 << 20, "photo.jpg: the image of 2600 x 2600 pixels"));
    }

    @Test
    void garbageDoesNotCount() {
        long max = Runtime.getRuntime().maxMemory();
        byte[][] garbage = new byte[1][];
        for (int i = 0; i < 40; i++) {
            garbage[0] = new byte[(int) Math.min(64 << 20, max / 16)];
            HeapSpace.require(max / 2, "the image");
        }
    }

    @Test
    void tellsTheHeapThatSuffices() {
        long max = Runtime.getRuntime().maxMemory(), gibibytes = (max >> 30) + 1;
        String message = assertThrows(UsageException.class, () -> HeapSpace.require(max, "photo.jpg: the image"))
                .getMessage();
        assertTrue(
                message.matches(
                        "photo\\.jpg: the image needs [\\d.]+ .B of Java heap, of whose [\\d.]+ .B [\\d.]+ .B are"
                                + " free; make the heap larger \\(MIGE_HEAP=(\\d+)g for mige, -Xmx\\1g for java\\) or"
                                + " the images smaller\\."),
                message);
        assertTrue(Long.parseLong(message.replaceFirst(".*MIGE_HEAP=(\\d+)g.*", "$1")) >= gibibytes, message);
    }

    @Test
    void tellsWhatWouldFitIntoAnEmptyHeap() {
        long max = Runtime.getRuntime().maxMemory();
        byte[][] full = new byte[4][(int) Math.min(1 << 30, max / 8)];
        long free = max - full.length * (long) full[0].length;
        assertThrows(HeapFullException.class, () -> HeapSpace.require(Math.max(free, max * 5 / 8), "the image"));
        UsageException never = assertThrows(UsageException.class, () -> HeapSpace.require(max, "the image"));
        assertEquals(UsageException.class, never.getClass());
        assertEquals(4, full.length); // still in use
    }
}
