package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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

    /** In a virtual machine of its own, with the options of {@code mige serve}. */
    @Test
    void givesMemoryBackToTheSystem() throws Exception {
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx400m",
                        "-XX:+UseSerialGC",
                        "-Xms64m",
                        "-XX:-ShrinkHeapInSteps",
                        "-XX:MinHeapFreeRatio=20",
                        "-XX:MaxHeapFreeRatio=40",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeImage.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String[] mebibytes = new String(java.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).split(" ");
        assertTrue(Integer.parseInt(mebibytes[0]) >= 200, mebibytes[0]);
        assertTrue(Integer.parseInt(mebibytes[1]) <= 80, mebibytes[1]);
    }

    /** Prints the size of the heap in MiB after the use of 200 MiB, and after {@link HeapSpace#release}. */
    static final class LargeImage {
        public static void main(String[] arguments) {
            HeapSpace.release();
            long size = sizeWithImage();
            HeapSpace.release();
            System.out.print(size + " " + (Runtime.getRuntime().totalMemory() >> 20));
        }

        private static long sizeWithImage() {
            byte[] image = new byte[200 << 20];
            return (Runtime.getRuntime().totalMemory() >> 20) + image[0];
        }
    }
}
