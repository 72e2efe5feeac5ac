package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TiffDecoderTest {

    final Image noise = ImagePreprocessingTest.noise(1, 37, 23);

    @ParameterizedTest
    @CsvSource({"none,false", "LZW,false", "ZLib,true", "Deflate,false", "PackBits,true", "JPEG,false"})
    void readsCompressedStripsAndTiles(String compression, boolean tiled) throws Exception {
        Image smooth = Image.filled(37, 23, 0x8090a0);
        Image image = compression.equals("JPEG") ? smooth : noise;
        ImageFileTest.assertNear(image, Image.read(write(image.toBufferedImage(), compression, tiled), "x"), 2);
        if (!compression.equals("JPEG"))
            assertEquals(image, Image.read(write(image.toBufferedImage(), compression, tiled), "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"CCITT RLE", "CCITT T.4", "CCITT T.6", "none"})
    void readsBilevelImages(String compression) throws Exception {
        BufferedImage image = new BufferedImage(37, 23, BufferedImage.TYPE_BYTE_BINARY);
        byte[] expected = new byte[3 * 37 * 23];
        for (int i = 0; i < 37 * 23; i++)
            if (i % 5 < 2) {
                image.getRaster().setSample(i % 37, i / 37, 0, 1);
                Arrays.fill(expected, 3 * i, 3 * i + 3, (byte) 255);
            }
        assertEquals(Image.of(37, 23, expected), Image.read(write(image, compression, false), "x"));
    }

    @Test
    void readsPalettesAndAlpha() throws Exception {
        BufferedImage palette = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_INDEXED);
        for (int i = 0; i < 256; i++) palette.getRaster().setSample(i % 16, i / 16, 0, i);
        assertEquals(Image.of(palette), Image.read(write(palette, "LZW", false), "x"));
        BufferedImage argb = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        argb.setRGB(0, 0, 0x80c86400);
        argb.setRGB(1, 0, 0xff010203);
        assertEquals(Image.of(argb), Image.read(write(argb, "ZLib", false), "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"II", "MM"})
    void readsGreyOfBothPolaritiesAndByteOrders(String order) {
        byte[] pixels = {0, 32, (byte) 200, (byte) 255};
        Image ramp = grey(0, 32, 200, 255), inverted = grey(255, 223, 55, 0);
        assertEquals(ramp, Image.read(tiff(order, 4, 1, pixels, Map.of(262, new int[] {1})), "x"));
        assertEquals(inverted, Image.read(tiff(order, 4, 1, pixels, Map.of(262, new int[] {0})), "x"));
        byte[] nibbles = {0x03, (byte) 0xcf};
        Map<Integer, int[]> fourBit = Map.of(258, new int[] {4}, 262, new int[] {0});
        assertEquals(grey(255, 204, 51, 0), Image.read(tiff(order, 4, 1, nibbles, fourBit), "x"));
    }

    @Test
    void keepsTheUpperByteOf16BitSamplesAndUndoesTheirPredictor() {
        byte[] plain = {0x12, 0x34, (byte) 0xff, 1, 0, 5}, differences = {0x12, 0x34, (byte) 0xec, (byte) 0xcd, 1, 4};
        Map<Integer, int[]> fields = Map.of(258, new int[] {16}, 262, new int[] {1});
        assertEquals(grey(0x12, 0xff, 0), Image.read(tiff("MM", 3, 1, plain, fields), "x"));
        Map<Integer, int[]> predicted = new TreeMap<>(fields);
        predicted.put(317, new int[] {2});
        predicted.put(259, new int[] {8});
        byte[] file = tiff("MM", 3, 1, ImageFileTest.deflate(differences), predicted);
        assertEquals(grey(0x12, 0xff, 0), Image.read(file, "x"));
        predicted.put(262, new int[] {0});
        file = tiff("MM", 3, 1, ImageFileTest.deflate(differences), predicted);
        assertEquals(grey(0xed, 0, 0xff), Image.read(file, "x"));
    }

    @Test
    void readsCmykAndPremultipliedAlpha() {
        byte[] cmyk = {55, 0, (byte) 255, 51};
        Map<Integer, int[]> fields = Map.of(258, new int[] {8, 8, 8, 8}, 262, new int[] {5}, 277, new int[] {4});
        assertEquals(
                Image.of(1, 1, new byte[] {(byte) 160, (byte) 204, 0}),
                Image.read(tiff("II", 1, 1, cmyk, fields), "x"));
        byte[] rgba = {100, 50, 0, (byte) 128};
        Map<Integer, int[]> premultiplied = new TreeMap<>(fields);
        premultiplied.put(262, new int[] {2});
        premultiplied.put(338, new int[] {1});
        assertEquals(
                Image.of(1, 1, new byte[] {(byte) 199, 100, 0}, new byte[] {(byte) 128}),
                Image.read(tiff("II", 1, 1, rgba, premultiplied), "x"));
        premultiplied.put(338, new int[] {0});
        assertEquals(Image.of(1, 1, new byte[] {100, 50, 0}), Image.read(tiff("II", 1, 1, rgba, premultiplied), "x"));
    }

    @Test
    void appliesTheOrientation() {
        Map<Integer, int[]> fields = Map.of(262, new int[] {1}, 274, new int[] {6});
        Image image = Image.read(tiff("II", 2, 1, new byte[] {1, 2}, fields), "x");
        assertEquals("1 x 2", image.width() + " x " + image.height());
        assertEquals(Image.filled(1, 1, 0x010101), image.crop(0, 0, 1, 1));
    }

    @Test
    void namesWhatIsNotSupported() {
        assertUnsupported("compression 34712", Map.of(259, new int[] {34712}));
        assertUnsupported("photometric interpretation 8", Map.of(262, new int[] {8}));
        assertUnsupported(
                "samples other than integers of 1, 2, 4, 8 or 16 bits",
                Map.of(258, new int[] {16}, 339, new int[] {3}));
        assertEquals(
                "x: the raw file of a camera; export it as JPEG, PNG or TIFF from a raw developer such as darktable.",
                ImageFileTest.message(tiff("II", 1, 1, new byte[1], Map.of(254, new int[] {1}, 330, new int[] {8}))));
    }

    private static void assertUnsupported(String found, Map<Integer, int[]> fields) {
        assertEquals(
                "x: a TIFF image with " + found + ", which is not supported; convert it to PNG.",
                ImageFileTest.message(tiff("II", 1, 1, new byte[2], fields)));
    }

    @Test
    void rejectsHostileHeadersAtOnce() {
        byte[] pixels = new byte[4];
        String[] messages = new String[5];
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
            messages[0] = ImageFileTest.message(tiff("II", 4, 1, pixels, Map.of(256, new int[] {1 << 30})));
            messages[1] = ImageFileTest.message(tiff("II", 4, 1, pixels, Map.of(279, new int[] {1 << 30})));
            messages[2] = ImageFileTest.message(
                    tiff("II", 4, 1, pixels, Map.of(256, new int[] {4096}, 257, new int[] {4096}, 278, new int[] {1})));
            messages[3] = ImageFileTest.message(tiff(
                    "II",
                    4,
                    1,
                    pixels,
                    Map.of(322, new int[] {1}, 323, new int[] {1 << 30}, 324, new int[] {8}, 325, new int[] {4})));
            byte[] loop = tiff("II", 4, 1, pixels, Map.of(34665, new int[] {12}, 330, new int[] {12}));
            messages[4] = Image.read(loop, "x").toString(); // the directory refers to itself
        });
        assertTrue(messages[0].contains("1073741824 x 1 pixels, expected at most"), messages[0]);
        assertEquals("x: a damaged TIFF image: it ends within its pixel data.", messages[1]);
        assertEquals("x: a damaged TIFF image: it has 1 strips or tiles, expected 4096.", messages[2]);
        assertEquals("x: a damaged TIFF image: its 4 blocks of 1 x 1073741824 pixels are too large.", messages[3]);
        assertEquals("Image[4 x 1]", messages[4]);
    }

    @Test
    void rejectsAJpegThatIsLargerThanItsStrip() throws Exception {
        byte[] file = write(noise.toBufferedImage(), "JPEG", false);
        int frame = ImageFileTest.indexOf(file, 0xff, 0xc0);
        ByteBuffer.wrap(file).putShort(frame + 5, (short) 60000).putShort(frame + 7, (short) 60000);
        assertEquals(
                "x: a damaged TIFF image: its JPEG data have another size than its strips or tiles.",
                ImageFileTest.message(file));
    }

    @ParameterizedTest
    @CsvSource({
        "LZW,false",
        "ZLib,true",
        "JPEG,false",
        "none,true",
        "PackBits,false",
        "CCITT T.4,false",
        "CCITT T.6,true"
    })
    void throwsUsageExceptionForCorruptFiles(String compression, boolean tiled) throws Exception {
        BufferedImage image = noise.toBufferedImage();
        if (compression.startsWith("CCITT")) {
            image = new BufferedImage(37, 23, BufferedImage.TYPE_BYTE_BINARY);
            for (int i = 0; i < 37 * 23; i += 3) image.getRaster().setSample(i % 37, i / 37, 0, 1);
        }
        byte[] good = write(image, compression, tiled);
        int directory = ByteBuffer.wrap(good)
                .order(good[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
                .getInt(4);
        Random random = new Random(1);
        for (int i = 0; i < 400; i++) {
            byte[] bytes = Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(good.length) : good.length);
            for (int k = random.nextInt(6); k > 0 && bytes.length > 8; k--) {
                int at = random.nextBoolean() ? directory + random.nextInt(200) : random.nextInt(bytes.length);
                if (at > 3 && at < bytes.length) bytes[at] = (byte) random.nextInt();
            }
            try {
                Image.read(bytes, "x");
            } catch (UsageException expected) {
                assertTrue(
                        expected.getMessage().startsWith("x: ")
                                && !expected.getMessage().contains("\n"),
                        expected.getMessage());
            }
        }
    }

    // ---- files for the tests

    private static Image grey(int... values) {
        byte[] rgb = new byte[3 * values.length];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) values[i / 3];
        return Image.of(values.length, 1, rgb);
    }

    private static byte[] write(BufferedImage image, String compression, boolean tiled) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("tiff").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var stream = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(stream);
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            if (!compression.equals("none")) param.setCompressionType(compression);
            else param.setCompressionMode(ImageWriteParam.MODE_DISABLED);
            if (tiled) {
                param.setTilingMode(ImageWriteParam.MODE_EXPLICIT);
                param.setTiling(16, 16, 0, 0);
            }
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** An 8-bit grey file of one strip, unless the fields say something else. */
    /** A grey image in tiles of one pixel each. */
    static byte[] tiles(int width, int height) {
        int count = width * height, first = 8 + 2 + 12 * 9 + 4;
        int[][] fields = {
            {256, 1, width},
            {257, 1, height},
            {258, 1, 8},
            {259, 1, 1},
            {262, 1, 1},
            {322, 1, 1},
            {323, 1, 1},
            {324, count, first},
            {325, count, first + 4 * count}
        };
        ByteBuffer file = ByteBuffer.allocate(first + 9 * count).order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).putShort((short) fields.length);
        for (int[] field : fields)
            file.putShort((short) field[0]).putShort((short) 4).putInt(field[1]).putInt(field[2]);
        for (int i = 0; i < count; i++) {
            file.putInt(first + 4 * i, first + 8 * count + i);
            file.putInt(first + 4 * (count + i), 1);
        }
        return file.array();
    }

    @Test
    void boundsTheNumberOfTiles() {
        assertEquals(Image.filled(16, 8, 0), Image.read(tiles(16, 8), "x"));
        assertEquals(
                "x: a TIFF image in 524288 strips or tiles, which takes too long to read; convert it to PNG.",
                ImageFileTest.message(tiles(1024, 512)));
    }

    private static byte[] tiff(String order, int width, int height, byte[] pixels, Map<Integer, int[]> otherFields) {
        Map<Integer, int[]> fields = new TreeMap<>(Map.of(
                256, new int[] {width},
                257, new int[] {height},
                258, new int[] {8},
                259, new int[] {1},
                262, new int[] {1},
                273, new int[] {8},
                277, new int[] {1},
                278, new int[] {height},
                279, new int[] {pixels.length}));
        fields.putAll(otherFields);
        int directory = 8 + pixels.length + (pixels.length & 1), arrays = directory + 2 + 12 * fields.size() + 4;
        ByteBuffer file = ByteBuffer.allocate(arrays + 100)
                .order(order.equals("II") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        file.put(order.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        file.putShort((short) 42).putInt(directory).put(pixels).position(directory);
        file.putShort((short) fields.size());
        for (Map.Entry<Integer, int[]> field : fields.entrySet()) {
            int[] values = field.getValue();
            boolean isLong = values[0] > 0xffff;
            file.putShort((short) (int) field.getKey())
                    .putShort((short) (isLong ? 4 : 3))
                    .putInt(values.length);
            if (values.length == 1 && isLong) {
                file.putInt(values[0]);
            } else if (values.length == 1) {
                file.putShort((short) values[0]).putShort((short) 0);
            } else {
                file.putInt(arrays);
                for (int value : values) {
                    file.putShort(arrays, (short) value);
                    arrays += 2;
                }
            }
        }
        return file.array();
    }
}
