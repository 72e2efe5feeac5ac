package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageEncodingTest {

    static final Map<String, String> TEXTS = Map.of(
            "Software", "mige4j",
            "Description", "a <image> & \"zwei\" für 🐶,\n\tsecond line\rcarriage return",
            "mige-recipe", "{\"instruction\":\"画 \\u0001 ]]>\"}");

    @TempDir
    Path folder;

    /** A smooth image with a coloured corner, which lossy formats keep closely. */
    static Image gradient(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            rgb[3 * i] = (byte) (255 * (i % width) / width);
            rgb[3 * i + 1] = (byte) (255 * (i / width) / height);
            rgb[3 * i + 2] = (byte) 128;
        }
        return Image.of(width, height, rgb);
    }

    static double meanDifference(Image a, Image b) {
        byte[] first = a.rgb(), second = b.rgb();
        assertEquals(first.length, second.length);
        long sum = 0;
        for (int i = 0; i < first.length; i++) sum += Math.abs((first[i] & 255) - (second[i] & 255));
        return (double) sum / first.length;
    }

    @ParameterizedTest
    @CsvSource({"a.png,PNG", "a.JPG,JPEG", "a.jpeg,JPEG", "a.webp,WEBP"})
    void theExtensionChoosesTheFormat(String name, ImageFormat format) {
        Image image = gradient(61, 35);
        image.write(folder.resolve(name), TEXTS);
        byte[] file = image.toBytes(ImageEncoding.of(format), TEXTS);
        assertEquals(format, ImageFormat.detect(file).orElseThrow());
        assertArrayEquals(file, image.toBytes(ImageEncoding.ofFile(folder.resolve(name)), TEXTS), "the same each time");
        assertTrue(meanDifference(image, Image.read(folder.resolve(name))) < 2);
        assertEquals(TEXTS, ImageFile.textChunks(folder.resolve(name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.gif", "a.tiff", "a", "png"})
    void otherExtensionsAreRefused(String name) {
        UsageException e =
                assertThrows(UsageException.class, () -> gradient(4, 4).write(folder.resolve(name)));
        assertEquals(
                folder.resolve(name)
                        + " does not end in .png, .jpg, .jpeg or .webp, the formats in which images are written",
                e.getMessage());
        assertEquals(0, folder.toFile().list().length);
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"JPEG", "WEBP"})
    void aHigherQualityIsCloserAndLarger(ImageFormat format) {
        Image image = ImagePreprocessingTest.noise(1, 64, 64);
        byte[] low = image.toBytes(new ImageEncoding(format, 20), Map.of()),
                high = image.toBytes(new ImageEncoding(format, 100), Map.of());
        assertTrue(high.length > 2 * low.length);
        assertTrue(meanDifference(image, Image.read(high, "x")) < meanDifference(image, Image.read(low, "x")));
    }

    @ParameterizedTest
    @CsvSource({"89,34", "90,17"})
    void jpegStoresTheColoursInFullResolutionFromQuality90(int quality, int samplingOfLuminance) {
        byte[] file = gradient(16, 16).toBytes(new ImageEncoding(ImageFormat.JPEG, quality), Map.of());
        int frame = 2;
        while ((file[frame + 1] & 255) != 0xC0) frame += 2 + ((file[frame + 2] & 255) << 8 | file[frame + 3] & 255);
        assertEquals(samplingOfLuminance, file[frame + 11], "two factors of four bits: 2 and 2, or 1 and 1");
    }

    @Test
    void webpKeepsAlphaAndJpegIsOnWhite() {
        byte[] alpha = new byte[32 * 32];
        Arrays.fill(alpha, 0, 16 * 32, (byte) 255);
        Image image = Image.of(32, 32, Image.filled(32, 32, 0x204060).rgb(), alpha);
        Image webp = Image.read(image.toBytes(ImageEncoding.of(ImageFormat.WEBP), TEXTS), "x");
        assertArrayEquals(alpha, webp.alpha());
        Image jpeg = Image.read(image.toBytes(ImageEncoding.of(ImageFormat.JPEG), TEXTS), "x");
        assertTrue(meanDifference(jpeg, image.flatten(0xffffff)) < 1);
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"PNG", "WEBP"})
    void longTextsAreKept(ImageFormat format) {
        Map<String, String> texts = Map.of("Description", "é".repeat(60_000));
        byte[] file = gradient(4, 4).toBytes(ImageEncoding.of(format), texts);
        assertEquals(texts, ImageFile.textChunks(file, "x"));
    }

    @Test
    void textsThatDoNotFitIntoAJpegFileAreRefused() {
        Map<String, String> longest = Map.of("Description", "x".repeat(65_000)),
                longer = Map.of("Description", "x".repeat(65_533));
        byte[] file = gradient(4, 4).toBytes(ImageEncoding.of(ImageFormat.JPEG), longest);
        assertEquals(longest, ImageFile.textChunks(file, "x"));
        UsageException e = assertThrows(
                UsageException.class, () -> gradient(4, 4).toBytes(ImageEncoding.of(ImageFormat.JPEG), longer));
        assertTrue(e.getMessage().matches("The texts of the image.* have \\d+ bytes, and a JPEG file holds 65533; .*"));
    }

    @Test
    void controlCharactersBecomeSpaces() {
        byte[] file = gradient(4, 4).toBytes(ImageEncoding.of(ImageFormat.WEBP), Map.of("a", "x\u0000\u0007\uFFFFy"));
        assertEquals(Map.of("a", "x   y"), ImageFile.textChunks(file, "x"));
    }

    @Test
    void textsInAttributesAreRead() {
        String packet = """
                <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
                <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:mige="urn:mige4j:text"
                 xmp:CreatorTool="mige4j" mige:mige-recipe="{&quot;a&quot;:1}"/></rdf:RDF></x:xmpmeta>""";
        assertEquals(
                Map.of("Software", "mige4j", "mige-recipe", "{\"a\":1}"),
                XmpText.read(packet.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void packetsOfOthersAreNotTrusted() {
        String entity = """
                <!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
                <mige:a xmlns:mige="urn:mige4j:text">&e;</mige:a>""";
        assertEquals(Map.of(), XmpText.read(entity.getBytes(StandardCharsets.UTF_8)));
        byte[] packet = XmpText.write(TEXTS);
        for (int length = 0; length < packet.length; length++) XmpText.read(Arrays.copyOf(packet, length));
        assertEquals(Map.of(), XmpText.read(new byte[(1 << 22) + 1]));
    }

    @Test
    void saysWhatItExpected() {
        assertMessage("The quality is 0, expected 1 to 100.", () -> ImageEncoding.PNG.withQuality(0));
        assertMessage("The quality is 101, expected 1 to 100.", () -> ImageEncoding.PNG.withQuality(101));
        assertMessage(
                "Images are not written as GIF; choose PNG, JPEG or WebP.", () -> ImageEncoding.of(ImageFormat.GIF));
        assertMessage(
                "A WebP image has at most 16383 pixels per side, this one has 16384 x 1; write PNG or JPEG.",
                () -> Image.filled(16_384, 1, 0).toBytes(ImageEncoding.of(ImageFormat.WEBP), Map.of()));
        assertMessage(
                "'two words' is not a valid keyword of a text in a JPEG or WebP file; expected letters, digits, '.',"
                        + " '-' and '_', not a digit first.",
                () -> gradient(4, 4).toBytes(ImageEncoding.of(ImageFormat.JPEG), Map.of("two words", "x")));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable call) {
        assertEquals(message, assertThrows(UsageException.class, call).getMessage());
    }
}
