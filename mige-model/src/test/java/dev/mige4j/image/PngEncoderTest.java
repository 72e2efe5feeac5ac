package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ForkJoinPool;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PngEncoderTest {

    static Image noise(int width, int height, boolean withAlpha) {
        Random random = new Random(width);
        byte[] rgb = new byte[3 * width * height], alpha = new byte[width * height];
        random.nextBytes(rgb);
        random.nextBytes(alpha);
        return withAlpha ? Image.of(width, height, rgb, alpha) : Image.of(width, height, rgb);
    }

    @ParameterizedTest
    @CsvSource({"1,1,false", "1,1,true", "700,1200,false", "700,1200,true", "16384,70,false", "1,16384,true"})
    void blocksOfRowsFormOneImage(int width, int height, boolean withAlpha) throws Exception {
        Image image = noise(width, height, withAlpha);
        byte[] png = image.toPng();
        assertEquals(image, Image.read(png, "png"));
        assertEquals(image, Image.of(ImageIO.read(new ByteArrayInputStream(png))));
    }

    @Test
    void theNumberOfCoresDoesNotChangeTheBytes() throws Exception {
        Image image = noise(1000, 1200, false);
        byte[] expected = image.toPng();
        for (int cores : new int[] {1, 3}) {
            ForkJoinPool pool = new ForkJoinPool(cores);
            try {
                assertArrayEquals(expected, pool.submit(() -> image.toPng()).get());
            } finally {
                pool.shutdown();
            }
        }
    }

    /** Rows of gradients and noise, for which each of the filters is the best one somewhere. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void theFilterHasTheSmallestSumOfAbsoluteResiduals(int channels) {
        Random random = new Random(channels);
        Set<Integer> types = new TreeSet<>();
        for (int round = 0; round < 500; round++) {
            byte[] row = randomRow(random, channels), above = randomRow(random, channels);
            if (round % 3 == 0) for (int i = 0; i < row.length; i++) row[i] = (byte) (above[i] + random.nextInt(9));
            byte[] filtered = new byte[1 + row.length];
            new PngFilter(channels).apply(row, above, filtered, 0);
            assertArrayEquals(simplest(row, above, channels), filtered);
            types.add((int) filtered[0]);
        }
        assertEquals(Set.of(0, 1, 2, 3, 4), types);
    }

    private static byte[] randomRow(Random random, int channels) {
        byte[] row = new byte[channels * 8];
        int slope = random.nextInt(40), noise = 1 + random.nextInt(random.nextBoolean() ? 8 : 256);
        for (int i = 0; i < row.length; i++) row[i] = (byte) (i / channels * slope + random.nextInt(noise));
        return row;
    }

    /** As the specification states the filters: PNG, section 9. */
    private static byte[] simplest(byte[] row, byte[] above, int channels) {
        byte[] best = null;
        int least = Integer.MAX_VALUE;
        for (int type = 0; type < 5; type++) {
            byte[] filtered = new byte[1 + row.length];
            filtered[0] = (byte) type;
            int sum = 0;
            for (int i = 0; i < row.length; i++) {
                int a = i < channels ? 0 : row[i - channels] & 255, b = above[i] & 255;
                int c = i < channels ? 0 : above[i - channels] & 255, p = a + b - c;
                int pa = Math.abs(p - a), pb = Math.abs(p - b), pc = Math.abs(p - c);
                int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
                filtered[i + 1] = (byte) (row[i] - new int[] {0, a, b, (a + b) / 2, paeth}[type]);
                sum += Math.abs(filtered[i + 1]);
            }
            if (sum < least) {
                least = sum;
                best = filtered;
            }
        }
        return best;
    }
}
