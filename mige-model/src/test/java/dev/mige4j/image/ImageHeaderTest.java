package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ImageHeaderTest {

    @ParameterizedTest
    @CsvSource({"png,PNG", "jpeg,JPEG", "gif,GIF", "bmp,BMP", "tiff,TIFF"})
    void readsFormatAndSize(String writer, ImageFormat format) throws Exception {
        BufferedImage image = new BufferedImage(37, 23, BufferedImage.TYPE_INT_RGB);
        ImageHeader header =
                ImageHeader.read(ImageFileTest.encode(image, writer, false)).orElseThrow();
        assertEquals(format + " 37 23", header.format() + " " + header.width() + " " + header.height());
    }

    @Test
    void readsTheThreeKindsOfWebpHeaders() {
        int[] lossyPixels = {0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x90, 0x41, 0x2c, 0x81};
        byte[] lossy = webp(chunk("VP8 ", lossyPixels));
        assertEquals(Optional.of(new ImageHeader(ImageFormat.WEBP, 400, 300)), ImageHeader.read(lossy));
        byte[] lossless = webp(chunk("VP8L", 0x2f, 0x8f, 0xc1, 0x4a, 0x00, 0, 0, 0, 0, 0));
        assertEquals(Optional.of(new ImageHeader(ImageFormat.WEBP, 400, 300)), ImageHeader.read(lossless));
        byte[] extended = chunk("VP8X", 0x10, 0, 0, 0, 0x8f, 0x01, 0, 0x2b, 0x01, 0);
        assertEquals(
                Optional.of(new ImageHeader(ImageFormat.WEBP, 400, 300)),
                ImageHeader.read(webp(extended, chunk("VP8 ", lossyPixels))));
    }

    @Test
    void findsTheCanvasOfAWebpFileWhereverItsHeaderIs() throws Exception {
        byte[] animated = ImageFileTest.resource("webp-animated.webp");
        byte[] chunks = Arrays.copyOfRange(animated, 12, animated.length);
        byte[] small = chunk("VP8L", 0x2f, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        Image image = Image.read(webp(small, chunks), "x");
        assertEquals(
                Optional.of(new ImageHeader(ImageFormat.WEBP, image.width(), image.height())),
                ImageHeader.read(webp(small, chunks)));
    }

    @Test
    void countsTheWorkOfScansAndTiles() throws Exception {
        BufferedImage image = new BufferedImage(64, 32, BufferedImage.TYPE_INT_RGB);
        byte[] progressive = ImageFileTest.encode(image, "jpeg", true);
        int scans = JpegHeader.read(progressive).scans(progressive);
        assertEquals(
                64 * 32 * scans, ImageHeader.read(progressive).orElseThrow().work());
        assertTrue(ImageHeader.read(TiffDecoderTest.tiles(32, 32)).orElseThrow().work() > 32 * 32 * 1000);
    }

    @Test
    void isEmptyForOtherFiles() {
        assertEquals(Optional.empty(), ImageHeader.read(new byte[0]));
        assertEquals(Optional.empty(), ImageHeader.read("hello world".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void countsAGifFrameThatIsLargerThanTheScreen() throws Exception {
        byte[] gif = ImageFileTest.encode(new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_INDEXED), "gif", false);
        ByteBuffer bytes = ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN);
        int frame = 13 + (3 << ((gif[10] & 7) + 1));
        while (gif[frame] == 0x21) for (frame += 2; gif[frame] != 0 || ++frame < 0; ) frame += gif[frame] + 1;
        bytes.putShort(frame + 3, (short) 10).putShort(frame + 5, (short) 8000).putShort(frame + 7, (short) 7990);
        assertEquals(Optional.of(new ImageHeader(ImageFormat.GIF, 8000, 8000)), ImageHeader.read(gif));
    }

    @Test
    void readsTopDownAndOs2Bitmaps() {
        ByteBuffer bmp = ByteBuffer.allocate(54).order(ByteOrder.LITTLE_ENDIAN);
        bmp.put((byte) 'B').put((byte) 'M').putInt(14, 40).putInt(18, 30).putInt(22, -20);
        assertEquals(Optional.of(new ImageHeader(ImageFormat.BMP, 30, 20)), ImageHeader.read(bmp.array()));
        bmp.putInt(14, 12).putShort(18, (short) 30).putShort(20, (short) 20);
        assertEquals(Optional.of(new ImageHeader(ImageFormat.BMP, 30, 20)), ImageHeader.read(bmp.array()));
    }

    @Test
    void comparesTheSizeWithTheLimits() {
        assertFalse(new ImageHeader(ImageFormat.PNG, 8000, 8000).exceedsLimits());
        assertTrue(new ImageHeader(ImageFormat.PNG, 8000, 8001).exceedsLimits());
        assertTrue(new ImageHeader(ImageFormat.PNG, 16385, 1).exceedsLimits());
        assertTrue(new ImageHeader(ImageFormat.PNG, Integer.MAX_VALUE, Integer.MAX_VALUE).exceedsLimits());
    }

    @Test
    void reportsNoSizeForAHeaderThatIsCutOff() throws Exception {
        byte[] png = Image.filled(3, 2, 0).toPng(Map.of());
        ImageHeader header = ImageHeader.read(Arrays.copyOf(png, 20)).orElseThrow();
        assertEquals(new ImageHeader(ImageFormat.PNG, 0, 0), header);
        assertFalse(header.hasSize());
    }

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void readsAnyBytesWithoutFailing(ImageFormat format) {
        String[] signatures = {"\u0089PNG\r\n\u001a\n", "\u00ff\u00d8\u00ff", "GIF89a", "BM", "RIFF....WEBP", "II*\0"};
        byte[] signature =
                signatures[Arrays.asList(ImageFormat.values()).indexOf(format)].getBytes(StandardCharsets.ISO_8859_1);
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            byte[] file = new byte[signature.length + random.nextInt(200)];
            random.nextBytes(file);
            if (i % 2 == 0) for (int k = 0; k < file.length; k++) file[k] &= (byte) 0x81;
            System.arraycopy(signature, 0, file, 0, signature.length);
            assertEquals(format, ImageHeader.read(file).orElseThrow().format());
        }
    }

    private static byte[] webp(byte[]... chunks) {
        return ImageFileTest.concat("RIFF....WEBP".getBytes(StandardCharsets.US_ASCII), ImageFileTest.concat(chunks));
    }

    private static byte[] chunk(String type, int... content) {
        ByteBuffer chunk = ByteBuffer.allocate(8 + content.length).order(ByteOrder.LITTLE_ENDIAN);
        chunk.put(type.getBytes(StandardCharsets.US_ASCII)).putInt(content.length);
        for (int value : content) chunk.put((byte) value);
        return chunk.array();
    }
}
