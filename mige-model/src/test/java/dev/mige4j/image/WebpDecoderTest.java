package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebpDecoderTest {

    /** The expected images are those of dwebp, an animation's first frame on a transparent canvas. */
    @ParameterizedTest
    @ValueSource(strings = {"lossy", "lossy-alpha", "lossless", "lossless-alpha", "animated"})
    void decodesToTheSameValuesAsLibwebp(String kind) throws Exception {
        Image expected = Image.read(ImageFileTest.resource("webp-" + kind + ".png"), "expected");
        assertEquals(kind.equals("animated") || kind.endsWith("alpha"), expected.hasAlpha());
        assertEquals(expected, Image.read(ImageFileTest.resource("webp-" + kind + ".webp"), kind));
    }

    @Test
    void appliesTheOrientationOfTheExifChunk() throws Exception {
        byte[] file = ImageFileTest.resource("webp-exif.webp");
        Image stored = ImageFile.readAsPillow(file, "x"), upright = Image.read(file, "x");
        assertEquals(
                "24x16 16x24", stored.width() + "x" + stored.height() + " " + upright.width() + "x" + upright.height());
        assertEquals(stored.crop(0, 0, 1, 1), upright.crop(15, 0, 1, 1));
    }

    @Test
    void rejectsSizesThatAreTooLargeOrDoNotFitBeforeDecoding() throws Exception {
        byte[] still = ImageFileTest.resource("webp-exif.webp");
        ByteBuffer.wrap(still).order(ByteOrder.LITTLE_ENDIAN).putInt(24, 0xffffff);
        assertEquals(
                "x: 16777216 x 1 pixels, expected at most 16384 per side and 64 million in total; "
                        + "make the image smaller.",
                ImageFileTest.message(still));
        still = ImageFileTest.resource("webp-exif.webp");
        still[24] = 99;
        assertEquals(
                "x: a damaged WebP image: its pixel data of 24 x 16 do not fit its canvas of 100 x 16.",
                ImageFileTest.message(still));
        byte[] animated = ImageFileTest.resource("webp-animated.webp");
        animated[ImageFileTest.indexOf(animated, 'A', 'N') + 14 + 8] = 100; // the left edge of the first frame
        assertTrue(ImageFileTest.message(animated).contains("do not fit its canvas"), ImageFileTest.message(animated));
    }

    @Test
    void rejectsTruncatedFiles() throws Exception {
        byte[] file = ImageFileTest.resource("webp-lossy.webp");
        for (int length : new int[] {15, 40, file.length - 20})
            assertEquals(
                    "x: a damaged WebP image: it has no pixel data; it may be cut off.",
                    ImageFileTest.message(Arrays.copyOf(file, length)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lossy", "lossy-alpha", "lossless-alpha", "animated", "exif"})
    void throwsUsageExceptionForCorruptFiles(String kind) throws Exception {
        byte[] good = ImageFileTest.resource("webp-" + kind + ".webp");
        Random random = new Random(kind.hashCode());
        for (int i = 0; i < 300; i++) {
            byte[] bytes = Arrays.copyOf(good, random.nextInt(3) == 0 ? random.nextInt(good.length) : good.length);
            for (int k = random.nextInt(6); k > 0 && bytes.length > 16; k--)
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            try {
                Image.read(bytes, "x");
            } catch (UsageException expected) {
                assertTrue(expected.getMessage().startsWith("x: "), expected.getMessage());
            }
        }
    }

    @Test
    void leavesNoNativeLibraryInTheTemporaryFolder() throws Exception {
        Image.read(ImageFileTest.resource("webp-lossy.webp"), "x");
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertEquals(
                    0,
                    files.filter(file -> file.getFileName().toString().startsWith("webp-imageio"))
                            .count());
        }
    }
}
