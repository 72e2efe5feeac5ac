package dev.mige4j.image;

import static dev.mige4j.image.ImageFileTest.concat;
import static dev.mige4j.image.ImageFileTest.deflate;
import static dev.mige4j.image.ImageFileTest.segment;
import static dev.mige4j.image.ImageFileTest.withChunk;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ColourProfileTest {

    private static final double[] D65 = {0.3127, 0.3290}, BLUE = {0.15, 0.06};

    /** XYZ of Display P3 (SMPTE EG 432-1) to linear sRGB. */
    private static final double[][] P3_TO_SRGB = {
        {1.2249401, -0.2249404, 0}, {-0.0420569, 1.0420571, 0}, {-0.0196376, -0.0786361, 1.0982735}
    };

    private static final Image NOISE = ImagePreprocessingTest.noise(5, 64, 48);

    private static byte[] rgbProfile(double[] red, double[] green, OptionalDouble gamma) {
        return new MatrixProfile(D65, red, green, BLUE, gamma).toIcc().orElseThrow();
    }

    private static byte[] srgb() {
        return rgbProfile(new double[] {0.64, 0.33}, new double[] {0.3, 0.6}, OptionalDouble.empty());
    }

    private static byte[] adobeRgb() {
        return rgbProfile(new double[] {0.64, 0.33}, new double[] {0.21, 0.71}, OptionalDouble.of(563 / 256.0));
    }

    private static byte[] displayP3() {
        return MatrixProfile.DISPLAY_P3.toIcc().orElseThrow();
    }

    /** A profile of one colour space and one tag. */
    private static byte[] profile(String deviceClass, String space, String pcs, String tag, byte[] data) {
        ByteBuffer icc = ByteBuffer.allocate(164 + data.length);
        icc.putInt(icc.capacity()).putInt(0).putInt(0x02400000);
        icc.put((deviceClass + space + pcs).getBytes(ISO_8859_1)).position(36);
        icc.put("acsp".getBytes(ISO_8859_1)).position(68);
        icc.putInt(0xf6d6).putInt(0x10000).putInt(0xd32d).position(128);
        icc.putInt(2);
        icc.put("cprt".getBytes(ISO_8859_1)).putInt(156).putInt(8);
        icc.put(tag.getBytes(ISO_8859_1)).putInt(164).putInt(data.length);
        icc.put("text\0\0\0\0".getBytes(ISO_8859_1)).put(data);
        return icc.array();
    }

    private static byte[] greyProfile(int gamma) {
        byte[] curve = ByteBuffer.allocate(16)
                .put("curv".getBytes(ISO_8859_1))
                .putInt(0)
                .putInt(1)
                .putShort((short) (gamma << 8))
                .array();
        return profile("mntr", "GRAY", "XYZ ", "kTRC", curve);
    }

    /** A printer profile in which every colour is the same grey, L* = 50. */
    private static byte[] cmykProfile() {
        ByteBuffer lut = ByteBuffer.allocate(48 + 4 * 256 + 16 * 3 + 3 * 256);
        lut.put("mft1".getBytes(ISO_8859_1)).putInt(0).put(new byte[] {4, 3, 2, 0});
        for (int i = 0; i < 9; i++) lut.putInt(i % 4 == 0 ? 0x10000 : 0);
        for (int i = 0; i < 4 * 256; i++) lut.put((byte) i);
        for (int i = 0; i < 16; i++) lut.put(new byte[] {(byte) 128, (byte) 128, (byte) 128});
        for (int i = 0; i < 3 * 256; i++) lut.put((byte) i);
        return profile("prtr", "CMYK", "Lab ", "A2B0", lut.array());
    }

    private static byte[] png(Image image, byte[] icc) {
        return withChunk(image.toPng(), "iCCP", concat("any\0\0".getBytes(ISO_8859_1), deflate(icc)));
    }

    /** A file of 64 x 48 pixels with one more field of bytes. */
    static byte[] tiff(byte[] pixels, int samples, int photometric, int tag, byte[] data) {
        int extra = 8 + pixels.length, bits = extra + data.length + (data.length & 1), directory = bits + 8;
        ByteBuffer file = ByteBuffer.allocate(directory + 2 + 10 * 12 + 4).order(ByteOrder.LITTLE_ENDIAN);
        file.put("II*\0".getBytes(ISO_8859_1))
                .putInt(directory)
                .put(pixels)
                .put(data)
                .position(bits);
        for (int i = 0; i < 4; i++) file.putShort((short) 8);
        file.putShort((short) 10);
        int[][] fields = {
            {256, 64},
            {257, 48},
            {259, 1},
            {262, photometric},
            {273, 8},
            {277, samples},
            {278, 48},
            {279, pixels.length}
        };
        putField(file, 258, 3, samples, samples == 1 ? 8 : bits);
        for (int[] field : fields) putField(file, field[0], 3, 1, field[1]);
        putField(file, tag, 1, data.length, data.length > 4 ? extra : data[0]);
        return file.array();
    }

    private static void putField(ByteBuffer file, int tag, int type, int count, int value) {
        file.putShort((short) tag).putShort((short) type).putInt(count).putInt(value);
    }

    private static byte[] jpeg(byte[] plain, byte[]... segments) {
        return concat(Arrays.copyOf(plain, 2), concat(segments), Arrays.copyOfRange(plain, 2, plain.length));
    }

    private static byte[] iccSegment(int part, int parts, byte[] icc, int from, int to) {
        return segment(
                0xe2, "ICC_PROFILE\0" + (char) part + (char) parts + new String(icc, from, to - from, ISO_8859_1));
    }

    /** By the formula, in double precision, from linear RGB of a space. */
    private static Image converted(Image image, double[][] toSrgb, double gamma) {
        byte[] rgb = image.straightRgb(), converted = new byte[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            double sum = 0;
            for (int c = 0; c < 3; c++) {
                double v = (rgb[i / 3 * 3 + c] & 255) / 255.0;
                double linear =
                        gamma > 0 ? Math.pow(v, gamma) : v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
                sum += toSrgb[i % 3][c] * linear;
            }
            sum = Math.max(0, Math.min(1, sum));
            converted[i] =
                    (byte) Math.round(255 * (sum <= 0.0031308 ? 12.92 * sum : 1.055 * Math.pow(sum, 1 / 2.4) - 0.055));
        }
        return Image.of(image.width(), image.height(), converted);
    }

    private static final double[][] UNITY = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

    @Test
    void convertsDisplayP3ToSrgb() throws Exception {
        Image expected = converted(NOISE, P3_TO_SRGB, 0);
        ImageFileTest.assertNear(expected, Image.read(png(NOISE, displayP3()), "x"), 1);
        byte[] plain = ImageFileTest.encode(NOISE.toBufferedImage(), "jpeg", false), icc = displayP3();
        byte[] file = jpeg(plain, iccSegment(2, 2, icc, 100, icc.length), iccSegment(1, 2, icc, 0, 100));
        ImageFileTest.assertNear(converted(Image.read(plain, "x"), P3_TO_SRGB, 0), Image.read(file, "x"), 1);
        assertEquals(Image.read(plain, "x"), ImageFile.readAsPillow(file, "x"));
    }

    @Test
    void convertsAdobeRgbAndKeepsAlpha() {
        double[][] toSrgb = {{1.3983557, -0.3983557, 0}, {0, 1, 0}, {0, -0.0429290, 1.0429290}};
        byte[] alpha = new byte[64 * 48];
        for (int i = 0; i < alpha.length; i++) alpha[i] = (byte) i;
        Image image = Image.read(png(Image.of(64, 48, NOISE.rgb(), alpha), adobeRgb()), "x");
        assertEquals(Image.of(64, 48, image.straightRgb(), alpha), image);
        ImageFileTest.assertNear(converted(NOISE, toSrgb, 563 / 256.0), Image.of(64, 48, image.straightRgb()), 1);
    }

    @Test
    void keepsTheValuesOfSrgbExactly() {
        assertEquals(NOISE, Image.read(png(NOISE, srgb()), "x"));
        assertEquals(NOISE, Image.read(withChunk(png(NOISE, adobeRgb()), "cICP", new byte[] {1, 13, 0, 1}), "x"));
    }

    @Test
    void convertsGreyWithItsCurve() throws Exception {
        BufferedImage grey = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 256; i++) grey.getRaster().setSample(i % 16, i / 16, 0, i);
        byte[] plain = ImageFileTest.encode(grey, "png", false), icc = greyProfile(1);
        byte[] linear = withChunk(plain, "iCCP", concat("any\0\0".getBytes(ISO_8859_1), deflate(icc)));
        ImageFileTest.assertNear(converted(Image.read(plain, "x"), UNITY, 1), Image.read(linear, "x"), 1);
        byte[] jpeg = ImageFileTest.encode(grey, "jpeg", false);
        ImageFileTest.assertNear(
                converted(Image.read(jpeg, "x"), UNITY, 1),
                Image.read(jpeg(jpeg, iccSegment(1, 1, icc, 0, icc.length)), "x"),
                1);
    }

    @Test
    void convertsCmykWithItsProfile() throws Exception {
        byte[] plain = ImageFileTest.resource("cmyk.jpg"), icc = cmykProfile();
        Image image = Image.read(jpeg(plain, iccSegment(1, 1, icc, 0, icc.length)), "x");
        ImageFileTest.assertNear(Image.filled(image.width(), image.height(), 0x777777), image, 1);
    }

    @Test
    void convertsTiffWithItsProfile() {
        Image expected = Image.read(png(NOISE, displayP3()), "x");
        assertEquals(expected, Image.read(tiff(NOISE.rgb(), 3, 2, 34675, displayP3()), "x"));
        assertEquals(NOISE, Image.read(tiff(NOISE.rgb(), 3, 2, 34675, cmykProfile()), "x"));
        Image cmyk = Image.read(tiff(new byte[64 * 48 * 4], 4, 5, 34675, cmykProfile()), "x");
        ImageFileTest.assertNear(Image.filled(64, 48, 0x777777), cmyk, 1);
    }

    @Test
    void appliesGammaAndChromaticitiesOfAPng() {
        byte[] plain = NOISE.toPng();
        byte[] linear = ByteBuffer.allocate(4).putInt(100_000).array(),
                usual = ByteBuffer.allocate(4).putInt(45_455).array();
        ByteBuffer p3 = ByteBuffer.allocate(32);
        for (int xy : new int[] {31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000}) p3.putInt(xy);
        ImageFileTest.assertNear(converted(NOISE, UNITY, 1), Image.read(withChunk(plain, "gAMA", linear), "x"), 1);
        assertEquals(NOISE, Image.read(withChunk(plain, "gAMA", usual), "x"));
        assertEquals(NOISE, Image.read(withChunk(plain, "cHRM", p3.array()), "x"));
        assertEquals(NOISE, Image.read(withChunk(withChunk(plain, "gAMA", linear), "sRGB", new byte[1]), "x"));
        assertEquals(NOISE, Image.read(withChunk(withChunk(plain, "gAMA", usual), "cHRM", new byte[32]), "x"));
        Image expected = Image.read(png(NOISE, displayP3()), "x");
        assertEquals(expected, Image.read(withChunk(withChunk(plain, "gAMA", usual), "cHRM", p3.array()), "x"));
        assertEquals(expected, Image.read(withChunk(plain, "cICP", new byte[] {12, 13, 0, 1}), "x"));
    }

    @Test
    void ignoresProfilesThatAreDamagedOrForOtherColours() throws Exception {
        byte[] icc = displayP3(), size = icc.clone(), tags = icc.clone();
        size[0] = 127;
        Arrays.fill(tags, 132, 200, (byte) 99);
        for (byte[] bad : new byte[][] {
            Arrays.copyOf(icc, 100), Arrays.copyOf(icc, 300), size, tags, greyProfile(1), cmykProfile(), new byte[0]
        }) assertEquals(NOISE, Image.read(png(NOISE, bad), "x"));
        assertEquals(NOISE, Image.read(withChunk(NOISE.toPng(), "iCCP", "any\0\0nonsense".getBytes(ISO_8859_1)), "x"));
        byte[] plain = ImageFileTest.encode(NOISE.toBufferedImage(), "jpeg", false);
        assertEquals(Image.read(plain, "x"), Image.read(jpeg(plain, iccSegment(1, 2, icc, 0, icc.length)), "x"));
        assertNotEquals(Image.read(plain, "x"), Image.read(jpeg(plain, iccSegment(1, 1, icc, 0, icc.length)), "x"));
    }
}
