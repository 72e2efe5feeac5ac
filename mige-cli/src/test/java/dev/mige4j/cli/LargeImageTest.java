package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageHeader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images of the largest size in the heap that {@code mige} gives to an edit, and what is said when it is full. */
class LargeImageTest {

    private static final int SUCCESS = 0;

    @TempDir
    Path folder;

    private void assertExitCode(int expected, String message, String heap, String... arguments) throws Exception {
        Path output = folder.resolve("output.txt");
        Process process = MigeProcess.of(folder, heap, arguments)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), "the process did not end");
        String text = Files.readString(output);
        assertEquals(expected, process.exitValue(), text);
        assertTrue(text.contains(message), text);
    }

    /** A picture with large areas of one colour, whose file is small. */
    private void write(String name, int width, int height, int left, int right) {
        Image.filled(width, height, left)
                .paste(Image.filled(width / 2, height, right), width / 2, 0)
                .write(folder.resolve(name));
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"source.jpg,9237,6928", "source.png,16384,3906"})
    void fourResultsOfTheLargestSourceFitIntoTheDefaultHeap(String name, int width, int height) throws Exception {
        write(name, width, height, 0x336699, 0xffcc00);
        assertExitCode(
                SUCCESS, "", "1g", "edit", name, "make it night", "--model", "random", "--steps", "2", "-n", "4", "-q");
        for (int i = 1; i <= 4; i++) {
            ImageHeader header = ImageHeader.read(Files.readAllBytes(folder.resolve("out-" + i + ".png")))
                    .orElseThrow();
            assertEquals(width + " x " + height, header.width() + " x " + header.height());
        }
    }

    @Tag("slow")
    @Test
    void aMaskOfTheLargestSizeFitsIntoTheDefaultHeap() throws Exception {
        write("source.png", 9237, 6928, 0x336699, 0xffcc00);
        write("mask.png", 9237, 6928, 0, 0xffffff);
        assertExitCode(
                SUCCESS, "", "1g", "edit source.png x --mask mask.png --model random --steps 2 -n 2 -q".split(" "));
        Image source = Image.read(folder.resolve("source.png"));
        Image left = source.crop(0, 0, 4618, 6928);
        source = null; // two images at a time
        assertEquals(left, Image.read(folder.resolve("out-2.png")).crop(0, 0, 4618, 6928));
    }

    @Tag("slow")
    @Test
    void aHeapThatIsTooSmallIsNamedBeforeTheWork() throws Exception {
        write("source.png", 5000, 4000, 0x336699, 0xffcc00);
        String advice = "make the heap larger (MIGE_HEAP=1g for mige, -Xmx1g for java) or the images smaller.";
        assertExitCode(2, advice, "100m", "edit", "source.png", "x", "--model", "random");
        assertExitCode(
                2, "A request with 5000 x 4000 pixels needs", "150m", "edit", "source.png", "x", "--model", "random");
    }

    @Test
    void anErrorOfTheVirtualMachineIsOneSentenceWithoutAStackTrace() {
        StringWriter text = new StringWriter();
        assertEquals(1, Main.handleError(new StackOverflowError(), new PrintWriter(text, true)));
        assertEquals(1, Main.handleError(new OutOfMemoryError("Java heap space"), new PrintWriter(text, true)));
        assertEquals(1, Main.handleError(new AssertionError("x"), new PrintWriter(text, true)));
        List<String> lines = text.toString().lines().toList();
        assertEquals(3, lines.size(), text.toString());
        assertTrue(lines.get(0).startsWith("mige: The stack of a thread is too small"), lines.get(0));
        assertTrue(lines.get(1).contains("MIGE_HEAP=3g"), lines.get(1));
        assertTrue(lines.get(2).startsWith("mige: internal error: AssertionError: x"), lines.get(2));
    }
}
