package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.RenderedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFileTest {
    final Image noise = ImagePreprocessingTest.noise(1, 37, 23);

    @TempDir
    Path folder;

    // ---- reading and writing

    @Test
    void writtenFilesCanBeReadBack() {
        Path file = folder.resolve("a.png");
        noise.write(file, Map.of("instruction", "a <image> für zwei 🐶", "seed", "7", "notes", "line one\nline two"));
        assertEquals(noise, Image.read(file));
        assertEquals(
                Map.of("instruction", "a <image> für zwei 🐶", "seed", "7", "notes", "line one\nline two"),
                ImageFile.textChunks(file));
        assertArrayEquals(new String[] {"a.png"}, folder.toFile().list(), "no temporary file is left");
    }

    @Test
    void writesDeterministically() {
        assertArrayEquals(
                noise.toPng(Map.of("a", "1", "b", "2")),
                Image.of(37, 23, noise.rgb()).toPng(new java.util.TreeMap<>(Map.of("b", "2", "a", "1"))));
    }

    @Test
    void imageIoReadsWrittenFiles() throws Exception {
        assertEquals(noise, Image.of(ImageIO.read(new java.io.ByteArrayInputStream(noise.toPng(Map.of("a", "ü"))))));
    }

    @ParameterizedTest
    @CsvSource({"png,false", "png,true", "bmp,false"})
    void readsFilesWrittenByImageIo(String format, boolean progressive) throws Exception {
        assertEquals(noise, Image.read(encode(noise.toBufferedImage(), format, progressive), "x"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void readsPalettesOfAnyDepth(int depth) throws Exception {
        int colours = 1 << depth;
        byte[] red = new byte[colours], green = new byte[colours], blue = new byte[colours];
        Random random = new Random(depth);
        for (byte[] channel : List.of(red, green, blue)) random.nextBytes(channel);
        BufferedImage image = new BufferedImage(
                29,
                13,
                depth == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY,
                new IndexColorModel(depth, colours, red, green, blue));
        for (int y = 0; y < 13; y++)
            for (int x = 0; x < 29; x++) image.getRaster().setSample(x, y, 0, random.nextInt(colours));
        Image expected = Image.of(image);
        for (boolean progressive : new boolean[] {false, true}) {
            assertEquals(expected, Image.read(encode(image, "png", progressive), "x"));
            assertEquals(expected, Image.read(encode(image, "gif", progressive), "x"));
        }
    }

    @Test
    void readsLargeGifs() throws Exception {
        BufferedImage image = new BufferedImage(300, 200, BufferedImage.TYPE_BYTE_INDEXED);
        for (int y = 0; y < 200; y++)
            for (int x = 0; x < 300; x++) image.getRaster().setSample(x, y, 0, x * y / 7 & 255);
        assertEquals(Image.of(image), Image.read(encode(image, "gif", false), "x"));
    }

    @Test
    void keepsTheUpperByteOf16BitSamples() throws Exception {
        byte[] grey = png(2, 1, 16, 0, new byte[] {0, (byte) 0x80, (byte) 0xff, 0, 0x7f});
        assertEquals(
                Image.of(2, 1, new byte[] {(byte) 0x80, (byte) 0x80, (byte) 0x80, 0, 0, 0}), Image.read(grey, "x"));
        assertEquals(Image.of(2, 1, new byte[] {-1, -1, -1, 0x7f, 0x7f, 0x7f}), ImageFile.readAsPillow(grey, "x"));
        byte[] rgb = png(1, 1, 16, 2, new byte[] {0, 1, 2, 3, 4, 5, 6});
        assertEquals(Image.of(1, 1, new byte[] {1, 3, 5}), Image.read(rgb, "x"));
    }

    @Test
    void keepsAlphaOrDropsItLikePillow() throws Exception {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 1, 1, new int[] {0x00ff0000}, 0, 1);
        image.setRGB(1, 0, 1, 1, new int[] {0x80c86400}, 0, 1);
        image.setRGB(2, 0, 1, 1, new int[] {0xff010203}, 0, 1);
        byte[] file = encode(image, "png", false);
        Image expected = Image.of(
                3, 1, new byte[] {-1, 0, 0, (byte) 200, 100, 0, 1, 2, 3}, new byte[] {0, (byte) 128, (byte) 255});
        assertEquals(expected, Image.read(file, "x"));
        assertEquals(expected, Image.of(image));
        assertEquals(expected, Image.of(expected.toBufferedImage()));
        assertEquals(expected, Image.read(expected.toPng(), "x"));
        assertEquals(
                Image.of(3, 1, new byte[] {-1, 0, 0, (byte) 200, 100, 0, 1, 2, 3}), ImageFile.readAsPillow(file, "x"));
        byte[] greyAlpha = png(1, 1, 8, 4, new byte[] {0, 100, (byte) 128});
        assertEquals(Image.filled(1, 1, 0x323232), Image.read(greyAlpha, "x").flatten(0));
    }

    @Test
    void readsGreyAndColourJpegs() throws Exception {
        assertNear(
                Image.filled(40, 30, 0xc86420),
                Image.read(encode(Image.filled(40, 30, 0xc86420).toBufferedImage(), "jpeg", true), "x"),
                3);
        BufferedImage grey = new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 1200; i++) grey.getRaster().setSample(i % 40, i / 40, 0, 99);
        assertNear(Image.filled(40, 30, 0x636363), Image.read(encode(grey, "jpeg", false), "x"), 2);
    }

    @Test
    void readsCmykAndYcckJpegs() throws Exception {
        // Inverted as Adobe does (255 is no ink): cyan 55, magenta 0, yellow 255, black 51 of 255.
        Raster cmyk = cmykRaster(200, 255, 0, 204);
        assertNear(
                Image.of(1, 1, new byte[] {(byte) 160, (byte) 204, 0}),
                Image.read(jpeg(cmyk, -1), "x").crop(3, 3, 1, 1),
                3);
        assertNear(
                Image.of(1, 1, new byte[] {(byte) 160, (byte) 204, 0}),
                Image.read(jpeg(cmyk, 0), "x").crop(3, 3, 1, 1),
                3);
        // YCCK stores the complement of CMY as YCbCr: a grey of 128 has Cb = Cr = 128.
        Raster ycck = cmykRaster(100, 128, 128, 255);
        assertNear(Image.filled(1, 1, 0x9b9b9b), Image.read(jpeg(ycck, 2), "x").crop(3, 3, 1, 1), 3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cmyk.jpg",
                "cmyk-unknown-transform.jpg",
                "cmyk-with-profile.jpg",
                "cmyk-without-adobe-segment.jpg",
                "ycck.jpg",
                "rgb-progressive.jpg",
                "rgb-subsampled.jpg",
                "rgb-untransformed.jpg",
                "rgb-with-profile.jpg",
                "grey-with-profile.jpg",
                "interlaced.gif",
                "frame-outside-screen.gif"
            })
    void decodesToTheSameValuesAsPillow(String file) throws Exception {
        assertEquals(
                Image.read(resource(file.replaceAll("\\.\\w+$", ".png")), "expected"),
                ImageFile.readAsPillow(resource(file), file));
    }

    @Test
    void readsGreyBitmapsWithoutGammaConversion() throws Exception {
        BufferedImage ramp = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_GRAY);
        byte[] expected = new byte[3 * 256];
        for (int x = 0; x < 256; x++) ramp.getRaster().setSample(x, 0, 0, x);
        for (int i = 0; i < expected.length; i++) expected[i] = (byte) (i / 3);
        assertEquals(Image.of(256, 1, expected), Image.read(encode(ramp, "bmp", false), "x"));
    }

    @Test
    void readsRgbJpegs() throws Exception {
        WritableRaster rgb = Raster.createInterleavedRaster(0, 16, 16, 3, null);
        for (int i = 0; i < 256; i++) rgb.setPixel(i % 16, i / 16, new int[] {200, 100, 50});
        assertNear(Image.filled(16, 16, 0xc86432), Image.read(jpeg(rgb, 0), "x"), 2);
        assertNear(
                Image.filled(16, 16, 0x5bff97),
                Image.read(jpeg(rgb, 1), "x"),
                2); // the same numbers read as YCbCr are green
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void appliesExifOrientationOfAPng(int orientation) throws Exception {
        byte[] exif = ByteBuffer.allocate(26)
                .put("MM".getBytes(StandardCharsets.US_ASCII))
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .array();
        Image stored = Image.of(3, 2, rgb(1, 2, 3, 4, 5, 6));
        byte[] file = withChunk(stored.toPng(Map.of()), "eXIf", exif);
        int[][] upright = {
            {1, 2, 3, 4, 5, 6},
            {3, 2, 1, 6, 5, 4},
            {6, 5, 4, 3, 2, 1},
            {4, 5, 6, 1, 2, 3},
            {1, 4, 2, 5, 3, 6},
            {4, 1, 5, 2, 6, 3},
            {6, 3, 5, 2, 4, 1},
            {3, 6, 2, 5, 1, 4}
        };
        boolean transposed = orientation > 4;
        assertEquals(
                Image.of(transposed ? 2 : 3, transposed ? 3 : 2, rgb(upright[orientation - 1])), Image.read(file, "x"));
        assertEquals(stored, ImageFile.readAsPillow(file, "x"));
    }

    @Test
    void appliesExifOrientationOfAJpeg() throws Exception {
        byte[] exif = ByteBuffer.allocate(36)
                .put((byte) 0xff)
                .put((byte) 0xe1)
                .putShort((short) 34)
                .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII))
                .put("II".getBytes(StandardCharsets.US_ASCII))
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) 6)
                .array();
        byte[] plain = encode(Image.filled(40, 20, 0xffffff).toBufferedImage(), "jpeg", false);
        byte[] file = concat(Arrays.copyOf(plain, 2), exif, Arrays.copyOfRange(plain, 2, plain.length));
        assertEquals(20, Image.read(file, "x").width());
        assertEquals(40, ImageFile.readAsPillow(file, "x").width());
    }

    @Test
    void ignoresOtherJpegSegments() throws Exception {
        byte[] plain = encode(Image.filled(16, 16, 0x804020).toBufferedImage(), "jpeg", false);
        byte[] segments = concat(
                segment(0xe2, "ICC_PROFILE\0\1\1 nonsense"),
                segment(0xe0, "JFXX\0broken"),
                segment(0xe1, "Exif\0\0??"),
                segment(0xfe, "hello"));
        assertEquals(
                Image.read(plain, "x"),
                Image.read(concat(Arrays.copyOf(plain, 2), segments, Arrays.copyOfRange(plain, 2, plain.length)), "x"));
    }

    // ---- rejected files

    @Test
    void rejectsFilesThatAreNotImages() throws Exception {
        assertErrorMessage(
                "x.bin: not an image file of a known format; expected a PNG, JPEG, GIF, BMP, WebP or TIFF image",
                new byte[] {1, 2, 3},
                "x.bin");
        assertErrorMessage(
                "x.png: is a text (\"hello world\"), expected a PNG, JPEG, GIF, BMP, WebP or TIFF image; "
                        + "download the file again.",
                "hello world".getBytes(StandardCharsets.US_ASCII),
                "x.png");
        assertErrorMessage("x.png: an empty file, expected an image", new byte[0], "x.png");
        assertErrorMessage(
                "x.heic: is a HEIC image, expected a PNG, JPEG, GIF, BMP, WebP or TIFF image; "
                        + "convert it to PNG, for example with `heif-convert in.heic out.png`.",
                "\0\0\0\30ftypheic\0\0\0\0mif1heic".getBytes(StandardCharsets.US_ASCII),
                "x.heic");
        Path missing = folder.resolve("no.png");
        assertEquals(
                missing + ": no such file",
                assertThrows(UsageException.class, () -> Image.read(missing)).getMessage());
        assertEquals(
                folder + ": a folder, expected an image file",
                assertThrows(UsageException.class, () -> Image.read(folder)).getMessage());
    }

    @Test
    void rejectsHugeDimensionsBeforeDecoding() throws Exception {
        assertErrorMessage(
                "x.png: 20000 x 20000 pixels, expected at most 16384 per side "
                        + "and 64 million in total; make the image smaller.",
                png(20000, 20000, 8, 2, new byte[0]),
                "x.png");
        assertErrorMessage(
                "x.png: 2147483647 x 1 pixels, expected at most 16384 per side "
                        + "and 64 million in total; make the image smaller.",
                png(-1, 1, 8, 2, new byte[0]),
                "x.png");
        assertErrorMessage("x.png: an image of 0 x 5 pixels", png(0, 5, 8, 2, new byte[0]), "x.png");
        byte[] jpeg = encode(noise.toBufferedImage(), "jpeg", false);
        int frame = indexOf(jpeg, 0xff, 0xc0);
        ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) 20000).putShort(frame + 7, (short) 20000);
        assertTrue(message(jpeg).contains("20000 x 20000 pixels"), message(jpeg));
        byte[] gif = encode(new BufferedImage(5, 5, BufferedImage.TYPE_BYTE_INDEXED), "gif", false);
        gif[7] = gif[9] = (byte) 0xff;
        assertTrue(message(gif).contains("pixels, expected at most 16384"), message(gif));
        byte[] bmp = encode(noise.toBufferedImage(), "bmp", false);
        ByteBuffer.wrap(bmp)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putInt(18, 20000)
                .putInt(22, 20000);
        assertTrue(message(bmp).contains("20000 x 20000 pixels"), message(bmp));
    }

    @Test
    void rejectsTruncatedFiles() throws Exception {
        byte[] png = noise.toPng(Map.of()), jpeg = encode(noise.toBufferedImage(), "jpeg", false);
        assertErrorMessage(
                "x: a damaged PNG image: it ends within its pixel data.", Arrays.copyOf(png, png.length / 2), "x");
        assertErrorMessage("x: a damaged PNG image: it has no header.", Arrays.copyOf(png, 20), "x");
        assertErrorMessage(
                "x: a damaged JPEG image: it ends within its pixel data.",
                Arrays.copyOf(jpeg, jpeg.length * 3 / 4),
                "x");
        assertErrorMessage("x: a damaged JPEG image: it ends before its pixel data.", Arrays.copyOf(jpeg, 100), "x");
        png[60] ^= 1;
        assertErrorMessage("x: a damaged PNG image: the checksum of chunk IDAT is wrong.", png, "x");
    }

    @Test
    void limitsTheMemoryOfCompressedText() throws Exception {
        byte[] bomb = concat("note\0\0".getBytes(StandardCharsets.US_ASCII), deflate(new byte[200 << 20]));
        byte[] file = withChunk(withChunk(noise.toPng(Map.of("seed", "1")), "zTXt", bomb), "iCCP", bomb);
        assertEquals(noise, Image.read(file, "x"));
        assertEquals(Map.of("seed", "1"), ImageFile.textChunks(file, "x"));
        assertEquals(
                Map.of("note", "short"),
                ImageFile.textChunks(
                        withChunk(
                                noise.toPng(Map.of()),
                                "zTXt",
                                concat(
                                        "note\0\0".getBytes(StandardCharsets.US_ASCII),
                                        deflate("short".getBytes(StandardCharsets.US_ASCII)))),
                        "x"));
    }

    @Test
    void rejectsInvalidTextKeywords() {
        assertThrows(UsageException.class, () -> noise.toPng(Map.of("", "x")));
        assertThrows(UsageException.class, () -> noise.toPng(Map.of("ключ", "x")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg", "gif", "bmp", "cmyk"})
    void throwsUsageExceptionForCorruptFiles(String format) throws Exception {
        byte[] good = format.equals("cmyk")
                ? jpeg(cmykRaster(200, 255, 0, 204), 0)
                : encode(
                        format.equals("gif")
                                ? new BufferedImage(20, 20, BufferedImage.TYPE_BYTE_INDEXED)
                                : noise.toBufferedImage(),
                        format,
                        false);
        Random random = new Random(format.hashCode());
        for (int i = 0; i < 400; i++) {
            byte[] bytes = Arrays.copyOf(good, random.nextInt(3) == 0 ? random.nextInt(good.length) : good.length);
            for (int k = random.nextInt(6); k > 0 && bytes.length > 8; k--)
                bytes[
                                random.nextBoolean()
                                        ? random.nextInt(Math.min(bytes.length, 60))
                                        : random.nextInt(bytes.length)] =
                        (byte) random.nextInt();
            if (format.equals("png")) fixChecksums(bytes);
            try {
                Image.read(bytes, "x");
                ImageFile.readAsPillow(bytes, "x");
                ImageFile.textChunks(bytes, "x");
            } catch (UsageException expected) {
                assertTrue(
                        expected.getMessage().startsWith("x: ")
                                && !expected.getMessage().contains("\n"),
                        expected.getMessage());
            }
        }
    }

    // ---- files for the tests

    @Test
    void stopsReadingTextsThatAreDecompressedToTooMuch() throws Exception {
        byte[] bomb = concat("seed\0\0".getBytes(StandardCharsets.US_ASCII), deflate(new byte[(1 << 20) + 1]));
        byte[] file = Image.filled(2, 2, 0).toPng(Map.of("seed", "1"));
        assertEquals(Map.of("seed", "1"), ImageFile.textChunks(withChunk(file, "zTXt", bomb), "x"));
        for (int i = 0; i < 17; i++) file = withChunk(file, "zTXt", bomb);
        assertEquals(Map.of(), ImageFile.textChunks(file, "x"));
        assertEquals(Image.filled(2, 2, 0), Image.read(file, "x"));
    }

    @ParameterizedTest
    @CsvSource({"png,false", "jpeg,true", "jpeg,false", "tiff,false"})
    void stopsReadingWhenItIsCancelled(String format, boolean progressive) throws Exception {
        Image noise = ImagePreprocessingTest.noise(1, 300, 200);
        byte[] file = encode(noise.toBufferedImage(), format, progressive);
        AtomicInteger questions = new AtomicInteger();
        assertEquals(Image.read(file, "x"), ImageFile.read(file, "x", () -> questions.incrementAndGet() < 0));
        int total = questions.getAndSet(0);
        assertTrue(total > 20, "asked " + total + " times for " + file.length + " bytes");
        var cancelled = assertThrows(
                CancelledException.class,
                () -> ImageFile.read(file, "x", () -> questions.incrementAndGet() > total / 2));
        assertEquals("x: cancelled while it was read", cancelled.getMessage());
        assertEquals(total / 2 + 1, questions.get());
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream in = ImageFileTest.class.getResourceAsStream("/image/" + name)) {
            return in.readAllBytes();
        }
    }

    static byte[] encode(RenderedImage image, String format, boolean progressive) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var stream = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(stream);
            ImageWriteParam param = writer.getDefaultWriteParam();
            if (param.canWriteProgressive())
                param.setProgressiveMode(progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    static Raster cmykRaster(int... values) {
        WritableRaster raster = Raster.createInterleavedRaster(0, 16, 16, 4, null);
        for (int y = 0; y < 16; y++) for (int x = 0; x < 16; x++) raster.setPixel(x, y, values);
        return raster;
    }

    /** A JPEG that stores the raster untransformed; {@code transform} of its Adobe segment, -1 for no such segment. */
    static byte[] jpeg(Raster raster, int transform) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var stream = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.write(null, new IIOImage(raster, null, null), null);
        } finally {
            writer.dispose();
        }
        byte[] plain = out.toByteArray();
        if (transform < 0) return plain;
        byte[] adobe = {(byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform};
        return concat(Arrays.copyOf(plain, 2), adobe, Arrays.copyOfRange(plain, 2, plain.length));
    }

    static byte[] png(int width, int height, int depth, int type, byte[] rows) {
        byte[] header = ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put(new byte[] {(byte) depth, (byte) type, 0, 0, 0})
                .array();
        byte[] signature = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
        return concat(signature, chunk("IHDR", header), chunk("IDAT", deflate(rows)), chunk("IEND", new byte[0]));
    }

    static byte[] withChunk(byte[] png, String type, byte[] data) {
        return concat(Arrays.copyOf(png, 33), chunk(type, data), Arrays.copyOfRange(png, 33, png.length));
    }

    static byte[] chunk(String type, byte[] data) {
        byte[] named = concat(type.getBytes(StandardCharsets.US_ASCII), data);
        CRC32 crc = new CRC32();
        crc.update(named);
        return concat(
                ByteBuffer.allocate(4).putInt(data.length).array(),
                named,
                ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    /** Recomputes the checksums, so that the code behind the checksum test is reached. */
    static void fixChecksums(byte[] png) {
        ByteBuffer bytes = ByteBuffer.wrap(png);
        for (int offset = 8, length;
                offset <= png.length - 12 && (length = bytes.getInt(offset)) >= 0 && length <= png.length - offset - 12;
                offset += 12 + length) {
            CRC32 crc = new CRC32();
            crc.update(png, offset + 4, length + 4);
            bytes.putInt(offset + 8 + length, (int) crc.getValue());
        }
    }

    static byte[] segment(int marker, String content) {
        byte[] data = content.getBytes(StandardCharsets.ISO_8859_1);
        int length = data.length + 2;
        return concat(new byte[] {(byte) 0xff, (byte) marker, (byte) (length >> 8), (byte) length}, data);
    }

    static byte[] deflate(byte[] data) {
        Deflater deflater = new Deflater(9);
        deflater.setInput(data);
        deflater.finish();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] part = new byte[8192];
        while (!deflater.finished()) out.write(part, 0, deflater.deflate(part));
        deflater.end();
        return out.toByteArray();
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) out.writeBytes(part);
        return out.toByteArray();
    }

    static int indexOf(byte[] bytes, int first, int second) {
        for (int i = 0; i < bytes.length - 1; i++)
            if ((bytes[i] & 255) == first && (bytes[i + 1] & 255) == second) return i;
        throw new AssertionError("no such bytes");
    }

    static byte[] rgb(int... reds) {
        byte[] rgb = new byte[3 * reds.length];
        for (int i = 0; i < reds.length; i++) rgb[3 * i] = (byte) reds[i];
        return rgb;
    }

    static void assertNear(Image expected, Image actual, int distance) {
        assertEquals(expected.width() + "x" + expected.height(), actual.width() + "x" + actual.height());
        byte[] a = expected.rgb(), b = actual.rgb();
        for (int i = 0; i < a.length; i++)
            assertTrue(
                    Math.abs((a[i] & 255) - (b[i] & 255)) <= distance,
                    "byte " + i + ": " + (a[i] & 255) + " and " + (b[i] & 255));
    }

    static String message(byte[] file) {
        return assertThrows(UsageException.class, () -> Image.read(file, "x")).getMessage();
    }

    static void assertErrorMessage(String message, byte[] file, String name) {
        assertEquals(
                message,
                assertThrows(UsageException.class, () -> Image.read(file, name)).getMessage());
    }
}
