package dev.mige4j.image;

import static dev.mige4j.image.ImageFileTest.concat;
import static dev.mige4j.image.ImageFileTest.segment;
import static dev.mige4j.image.ImageFileTest.withChunk;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Orientation 6: a stored image of 4 x 2 pixels is 2 x 4 upright. */
class ExifOrientationTest {

    private static final String EXIF = "Exif\0\0",
            XMP = "http://ns.adobe.com/xap/1.0/\0",
            ATTRIBUTE = xmp("tiff", " tiff:Orientation=\"6\"/>"),
            ELEMENT = xmp("tiff", "><tiff:Orientation>6</tiff:Orientation></rdf:Description>");

    private static final Image STORED = Image.filled(4, 2, 0x808080);

    /** A TIFF block with one entry of count 1; {@code value} has the bytes of its type. */
    private static byte[] exif(boolean little, int type, byte... value) {
        return ByteBuffer.allocate(26)
                .order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
                .put((little ? "II" : "MM").getBytes(ISO_8859_1))
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) type)
                .putInt(1)
                .put(value)
                .array();
    }

    private static byte[] exif(int orientation) {
        return exif(true, 3, (byte) orientation, (byte) 0);
    }

    private static String xmp(String prefix, String rest) {
        return "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF"
                + " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:" + prefix
                + "='http://ns.adobe.com/tiff/1.0/'" + rest + "</rdf:RDF></x:xmpmeta>";
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    private static byte[] jpeg(byte[]... segments) throws Exception {
        byte[] plain = ImageFileTest.encode(STORED.toBufferedImage(), "jpeg", false);
        return concat(Arrays.copyOf(plain, 2), concat(segments), Arrays.copyOfRange(plain, 2, plain.length));
    }

    private static byte[] png(String type, String data) {
        return withChunk(STORED.toPng(), type, data.getBytes(ISO_8859_1));
    }

    private static byte[] webp(String type, byte[] data) {
        return ByteBuffer.allocate(20 + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(ISO_8859_1))
                .putInt(12 + data.length)
                .put(("WEBP" + type).getBytes(ISO_8859_1))
                .putInt(data.length)
                .put(data)
                .array();
    }

    private static void assertUpright(byte[] file) {
        assertEquals(Image.filled(2, 4, 0x808080), Image.read(file, "x"));
    }

    private static int orientation(byte[] webp) {
        return ImageMetadata.read(ImageFormat.WEBP, webp).orientation();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 2", "4, 4", "6, 1", "8, 2", "9, 4"})
    void readsEveryIntegerTypeInBothByteOrders(int type, int bytes) throws Exception {
        byte[] little = new byte[bytes], big = new byte[bytes];
        little[0] = big[bytes - 1] = 6;
        assertUpright(jpeg(segment(0xe1, EXIF + latin1(exif(true, type, little)))));
        assertUpright(jpeg(segment(0xe1, EXIF + latin1(exif(false, type, big)))));
    }

    @Test
    void readsExifOfLaterSegments() throws Exception {
        byte[] block = exif(6);
        assertUpright(jpeg(segment(0xe1, "something else"), segment(0xe1, EXIF + latin1(block))));
        assertUpright(jpeg(segment(0xe1, EXIF + "damaged"), segment(0xe1, EXIF + latin1(block))));
        assertUpright(jpeg(segment(0xe1, EXIF + latin1(block)), segment(0xe1, EXIF + "the rest of a long block")));
        assertUpright(jpeg(
                segment(0xe1, EXIF + latin1(Arrays.copyOf(block, 15))),
                segment(0xe1, EXIF + latin1(Arrays.copyOfRange(block, 15, 26)))));
    }

    @Test
    void readsExifOfPngWithAndWithoutPrefix() {
        assertUpright(png("eXIf", latin1(exif(6))));
        assertUpright(png("eXIf", EXIF + latin1(exif(6))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"exif", "APP1"})
    void readsRawProfilesOfPng(String name) {
        String hex = HexFormat.of().formatHex((EXIF + latin1(exif(6))).getBytes(ISO_8859_1));
        String text = "\n" + name.toLowerCase(java.util.Locale.ROOT) + "\n      32\n" + hex.substring(0, 40) + "\n"
                + hex.substring(40) + "\n";
        String keyword = "Raw profile type " + name + "\0";
        assertUpright(png("tEXt", keyword + text));
        assertUpright(png("iTXt", keyword + "\0\0\0\0" + text));
        assertUpright(png("zTXt", keyword + "\0" + latin1(ImageFileTest.deflate(text.getBytes(ISO_8859_1)))));
    }

    @Test
    void readsXmpOfEveryFormat() throws Exception {
        for (String packet : List.of(ATTRIBUTE, ELEMENT)) {
            assertUpright(jpeg(segment(0xe1, XMP + packet)));
            assertUpright(png("iTXt", "XML:com.adobe.xmp\0\0\0\0\0" + packet));
            assertEquals(6, orientation(webp("XMP ", packet.getBytes(ISO_8859_1))));
        }
    }

    @Test
    void readsXmpWithOtherPrefixAndEncoding() {
        assertEquals(
                6, orientation(webp("XMP ", xmp("ns1", " ns1:Orientation='6'/>").getBytes(ISO_8859_1))));
        assertEquals(6, orientation(webp("XMP ", ATTRIBUTE.getBytes(UTF_16LE))));
        assertEquals(
                1,
                orientation(webp("XMP ", xmp("tiff", " exif:Orientation='6'/>").getBytes(ISO_8859_1))));
        assertEquals(
                1,
                orientation(webp("XMP ", xmp("tiff", " tiff:Orientation='9'/>").getBytes(ISO_8859_1))));
    }

    @Test
    void readsExifOfWebpWithAndWithoutPrefix() {
        assertEquals(6, orientation(webp("EXIF", exif(6))));
        assertEquals(6, orientation(webp("EXIF", concat(EXIF.getBytes(ISO_8859_1), exif(6)))));
    }

    @Test
    void readsTheFieldAndXmpOfTiff() {
        byte[] grey = new byte[64 * 48];
        assertEquals(
                48,
                Image.read(ColourProfileTest.tiff(grey, 1, 1, 274, new byte[] {6}), "x")
                        .width());
        assertEquals(
                48,
                Image.read(ColourProfileTest.tiff(grey, 1, 1, 700, ATTRIBUTE.getBytes(ISO_8859_1)), "x")
                        .width());
    }

    @Test
    void prefersExifToXmp() throws Exception {
        byte[] xmp = segment(0xe1, XMP + ATTRIBUTE);
        assertEquals(STORED, Image.read(jpeg(xmp, segment(0xe1, EXIF + latin1(exif(1)))), "x"));
        assertUpright(jpeg(xmp, segment(0xe1, EXIF + latin1(exif(0)))));
    }

    @Test
    void ignoresDamagedMetadata() throws Exception {
        Random random = new Random(1);
        byte[][] files = {
            jpeg(segment(0xe1, EXIF + latin1(exif(6))), segment(0xe1, XMP + ELEMENT)),
            png("eXIf", latin1(exif(6))),
            png("iTXt", "XML:com.adobe.xmp\0\0\0\0\0" + ATTRIBUTE),
            png("tEXt", "Raw profile type exif\0\nexif\n3\n45786"),
            webp("EXIF", exif(6))
        };
        for (int i = 0; i < 5000; i++) {
            byte[] file = files[i % files.length].clone();
            for (int k = 0; k < 3; k++)
                file[12 + random.nextInt(Math.min(120, file.length - 12))] = (byte) random.nextInt();
            ImageMetadata.read(ImageFormat.detect(file).orElseThrow(), file);
            ImageMetadata.read(
                    ImageFormat.detect(file).orElseThrow(), Arrays.copyOf(file, 12 + random.nextInt(file.length - 12)));
        }
    }
}
