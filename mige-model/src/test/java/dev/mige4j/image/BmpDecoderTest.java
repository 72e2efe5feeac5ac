package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BmpDecoderTest {

    private static final int RED = 0xff0000, GREEN = 0x00ff00, BLUE = 0x0000ff, BLACK = 0;

    @Test
    void readsPalettesOfOs2AndWindows() {
        byte[] pixels = {(byte) 0b01_000000, 0, 0, 0};
        int[] os2Palette = {BLUE, GREEN};
        assertEquals(row(BLUE, GREEN), Image.read(bmp(12, 2, 1, 1, 0, os2Palette, pixels), "x"));
        for (int header : new int[] {16, 40, 64, 108, 124})
            assertEquals(row(BLUE, GREEN), Image.read(bmp(header, 2, 1, 1, 0, os2Palette, pixels), "x"), "" + header);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void readsIndicesOfAnyDepth(int depth) {
        byte[] pixels = {(byte) (1 << (8 - depth)), 0, 0, 0};
        assertEquals(row(RED), Image.read(bmp(40, 1, 1, depth, 0, new int[] {BLUE, RED}, pixels), "x"));
    }

    @Test
    void readsTheTopOrTheBottomRowFirst() {
        byte[] pixels = {1, 2, 3, 0, 4, 5, 6, 0};
        byte[] bottomUp = bmp(40, 1, 2, 24, 0, new int[0], pixels), topDown = bottomUp.clone();
        ByteBuffer.wrap(topDown).order(ByteOrder.LITTLE_ENDIAN).putInt(22, -2);
        assertEquals(Image.of(1, 2, new byte[] {6, 5, 4, 3, 2, 1}), Image.read(bottomUp, "x"));
        assertEquals(Image.of(1, 2, new byte[] {3, 2, 1, 6, 5, 4}), Image.read(topDown, "x"));
    }

    @Test
    void decodesRunLengths() {
        int[] palette = {BLACK, RED, GREEN, BLUE};
        byte[] rle8 = {2, 1, 0, 3, 2, 3, 2, 0, 0, 0, 0, 2, 1, 0, 1, 3, 0, 1};
        assertEquals(
                row(BLACK, BLUE, BLACK, BLACK, BLACK),
                Image.read(bmp(40, 5, 2, 8, 1, palette, rle8), "x").crop(0, 0, 5, 1));
        assertEquals(
                row(RED, RED, GREEN, BLUE, GREEN),
                Image.read(bmp(40, 5, 2, 8, 1, palette, rle8), "x").crop(0, 1, 5, 1));
        byte[] rle4 = {3, 0x12, 0, 3, 0x32, 0x10, 0, 1};
        assertEquals(row(RED, GREEN, RED, BLUE, GREEN, RED), Image.read(bmp(40, 6, 1, 4, 2, palette, rle4), "x"));
    }

    @Test
    void runsBeyondTheEndOfTheirRowTakeNoTime() {
        byte[] runs = new byte[16 << 20];
        for (int i = 0; i < runs.length; i += 2) runs[i] = 1;
        byte[] shortRuns = bmp(40, 1, 2, 8, 1, new int[] {BLACK}, runs);
        for (int i = 0; i < runs.length; i += 2) runs[i] = -1;
        byte[] longRuns = bmp(40, 1, 2, 8, 1, new int[] {BLACK}, runs);
        for (int i = 0; i < 2; i++) ImageFileTest.message(shortRuns); // compiles the code
        long start = System.nanoTime();
        assertEquals("x: a damaged BMP image: it ends within its pixel data.", ImageFileTest.message(shortRuns));
        long middle = System.nanoTime();
        ImageFileTest.message(longRuns);
        assertTrue(System.nanoTime() - middle < 10 * (middle - start) + 100_000_000);
    }

    @Test
    void readsPixelsOf16Bits() {
        byte[] pixels = {0, 0x7c, (byte) 0xe0, 3, 0x1f, 0, 0, 0};
        assertEquals(row(RED, GREEN, BLUE), Image.read(bmp(40, 3, 1, 16, 0, new int[0], pixels), "x"));
        int[] masks565 = {0xf800, 0x7e0, 0x1f};
        byte[] other = {0, (byte) 0xf8, (byte) 0xe0, 7, 0x1f, 0, 0, 0};
        assertEquals(row(RED, GREEN, BLUE), Image.read(bmp(40, 3, 1, 16, 3, masks565, other), "x"));
    }

    @Test
    void keepsAlphaOnlyIfThereIsAMaskForIt() {
        byte[] pixels = {1, 2, 3, (byte) 128};
        assertEquals(Image.of(1, 1, new byte[] {3, 2, 1}), Image.read(bmp(40, 1, 1, 32, 0, new int[0], pixels), "x"));
        byte[] masked = bmp(108, 1, 1, 32, 3, new int[0], pixels);
        ByteBuffer header = ByteBuffer.wrap(masked).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(54, 0xff0000).putInt(58, 0xff00).putInt(62, 0xff).putInt(66, 0xff000000);
        assertEquals(Image.of(1, 1, new byte[] {3, 2, 1}, new byte[] {(byte) 128}), Image.read(masked, "x"));
        masked[masked.length - 1] = 0; // alpha that is 0 everywhere was not meant
        assertEquals(Image.of(1, 1, new byte[] {3, 2, 1}), Image.read(masked, "x"));
    }

    @Test
    void rejectsTruncatedAndUnsupportedFiles() {
        byte[] good = bmp(40, 3, 3, 24, 0, new int[0], new byte[36]);
        assertEquals(
                "x: a damaged BMP image: it ends within its pixel data.",
                ImageFileTest.message(Arrays.copyOf(good, good.length - 8)));
        assertEquals(
                "x: a BMP image of 24 bits per pixel with compression 4, which is not supported; convert it to PNG.",
                ImageFileTest.message(bmp(40, 3, 3, 24, 4, new int[0], new byte[36])));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void throwsUsageExceptionForCorruptFiles(int compression) {
        int depth = new int[] {1, 8, 4, 16}[compression];
        Random random = new Random(compression);
        byte[] pixels = new byte[200];
        random.nextBytes(pixels);
        byte[] good = bmp(40, 20, 10, depth, compression, new int[] {1, 2, 3, 4}, pixels);
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = Arrays.copyOf(good, random.nextInt(3) == 0 ? random.nextInt(good.length) : good.length);
            for (int k = random.nextInt(6); k > 0 && bytes.length > 8; k--)
                bytes[2 + random.nextInt(random.nextBoolean() ? Math.min(bytes.length - 2, 60) : bytes.length - 2)] =
                        (byte) random.nextInt();
            try {
                Image.read(bytes, "x");
            } catch (UsageException expected) {
                assertTrue(expected.getMessage().startsWith("x: "), expected.getMessage());
            }
        }
    }

    private static Image row(int... colours) {
        byte[] rgb = new byte[3 * colours.length];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) (colours[i / 3] >> (16 - 8 * (i % 3)));
        return Image.of(colours.length, 1, rgb);
    }

    /** A file with a header of the given length; the palette stands for the masks if the pixels have no indices. */
    private static byte[] bmp(
            int header, int width, int height, int depth, int compression, int[] palette, byte[] pixels) {
        int paletteBytes = (header == 12 ? 3 : 4) * palette.length, offset = 14 + header + paletteBytes;
        ByteBuffer file = ByteBuffer.allocate(offset + pixels.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 'B')
                .put((byte) 'M')
                .putInt(file.limit())
                .putInt(10, offset)
                .putInt(14, header);
        if (header == 12) {
            file.putShort(18, (short) width).putShort(20, (short) height);
            file.putShort(22, (short) 1).putShort(24, (short) depth);
        } else {
            file.putInt(18, width).putInt(22, height).putShort(26, (short) 1).putShort(28, (short) depth);
        }
        if (header >= 40) file.putInt(30, compression).putInt(46, depth <= 8 ? palette.length : 0);
        file.position(14 + header);
        for (int entry : palette)
            if (header == 12) file.put((byte) entry).put((byte) (entry >> 8)).put((byte) (entry >> 16));
            else file.putInt(entry);
        return file.put(pixels).array();
    }
}
