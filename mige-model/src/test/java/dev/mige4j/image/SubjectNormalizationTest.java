package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.image.BufferedImage;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubjectNormalizationTest {

    private static final SubjectNormalization NORMALIZATION = new SubjectNormalization(0.4375, 16);
    private static final int SIZE = 128, BLACK = 0xff000000, WHITE = 0xffffffff;

    /** An orange ring with a blue square on it, {@code width x height} at (left, top). */
    private static BufferedImage ring(
            int canvasWidth, int canvasHeight, int ground, double left, double top, double width, double height) {
        BufferedImage image = new BufferedImage(canvasWidth, canvasHeight, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setComposite(AlphaComposite.Src); // a transparent ground erases
        graphics.setColor(new Color(ground, true));
        graphics.fillRect(0, 0, canvasWidth, canvasHeight);
        graphics.setColor(new Color(230, 140, 30));
        graphics.fill(new Ellipse2D.Double(left, top, width, height));
        graphics.setColor(new Color(ground, true));
        graphics.fill(new Ellipse2D.Double(left + width / 3, top + height / 3, width / 3, height / 3));
        graphics.setColor(new Color(40, 60, 200));
        graphics.fill(new Ellipse2D.Double(left + width / 2 - width / 12, top + height / 10, width / 6, height / 6));
        graphics.dispose();
        return image;
    }

    private static Image normalize(BufferedImage image) {
        return NORMALIZATION.normalize(Image.of(image), SIZE);
    }

    private static double meanDifference(Image a, Image b) {
        byte[] x = a.rgb(), y = b.rgb();
        assertEquals(x.length, y.length);
        double sum = 0;
        for (int i = 0; i < x.length; i++) sum += Math.abs((x[i] & 255) - (y[i] & 255));
        return sum / x.length;
    }

    @Test
    void boxIsOnTheGridNearTheMiddle() {
        assertEquals(56, NORMALIZATION.longestSidePixels(128));
        assertEquals(40, NORMALIZATION.offset(56, 128));
        assertEquals(48, NORMALIZATION.offset(34, 128));
        assertEquals(160, NORMALIZATION.offset(224, 512));
    }

    @ParameterizedTest
    @CsvSource({"56, 56", "56, 31", "20, 56", "56, 44"})
    void normalizedCutoutsAreUnchanged(int width, int height) {
        int left = NORMALIZATION.offset(width, SIZE), top = NORMALIZATION.offset(height, SIZE);
        Image image = Image.of(ring(SIZE, SIZE, BLACK, left, top, width, height));
        assertSame(image, NORMALIZATION.normalize(image, SIZE));
    }

    @Test
    void normalizedCutoutsWithABlackOutlineAreUnchanged() {
        Image image = Image.of(ring(SIZE, SIZE, BLACK, 40 + 2, 40 + 1, 51, 49));
        assertSame(image, NORMALIZATION.normalize(image, SIZE));
    }

    @ParameterizedTest
    @ValueSource(ints = {BLACK, WHITE, 0x00000000, 0xff30a040, 0xff808080})
    void groundSizeAndPlaceHaveNoInfluence(int ground) {
        Image expected = Image.of(ring(SIZE, SIZE, BLACK, 40, 48, 56, 35));
        double withHole = meanDifference(expected, normalize(ring(640, 400, ground, 30, 20, 448, 280)));
        // the hole of the ring is not connected to the border and keeps its colour
        double hole = ground == BLACK || ground == 0 ? 0 : 9.5;
        assertTrue(withHole < 1.2 + hole, "mean difference " + withHole);
    }

    @Test
    void edgesOfASubjectOnWhiteHaveNoWhiteFringe() {
        byte[] rgb = normalize(ring(512, 512, WHITE, 100, 100, 300, 300)).rgb();
        for (int y = 0; y < SIZE; y++)
            for (int x = 0; x < SIZE; x++)
                if (Math.hypot(x - 67.5, y - 67.5) > 14)
                    assertTrue((rgb[3 * (y * SIZE + x) + 2] & 255) < 60 || y < 60, "blue at " + x + ", " + y);
    }

    @Test
    void enclosedAreasOfTheGroundColourBelongToTheSubject() {
        byte[] rgb = normalize(ring(512, 512, WHITE, 100, 100, 300, 300)).rgb();
        int middle = 3 * (67 * SIZE + 67);
        assertEquals(255, rgb[middle] & 255);
        assertEquals(255, rgb[middle + 2] & 255);
        assertEquals(0, rgb[0]);
    }

    @Test
    void noiseOfTheGroundIsRemoved() {
        BufferedImage image = ring(512, 512, 0xffe0e0e0, 100, 60, 300, 200);
        Random random = new Random(1);
        for (int y = 0; y < 512; y++)
            for (int x = 0; x < 512; x++)
                if ((image.getRGB(x, y) & 0xffffff) == 0xe0e0e0)
                    image.setRGB(x, y, new Color(220 + random.nextInt(8), 221, 222 + random.nextInt(5)).getRGB());
        Image normalized = normalize(image);
        assertEquals(Image.filled(SIZE, 40, 0), normalized.crop(0, 0, SIZE, 40));
        assertTrue(meanDifference(Image.of(ring(SIZE, SIZE, BLACK, 40, 48, 56, 37)), normalized) < 11);
    }

    @Test
    void tightlyCroppedCutoutsAreRecognised() {
        Image expected = Image.of(ring(SIZE, SIZE, BLACK, 40, 48, 56, 35));
        assertTrue(meanDifference(expected, normalize(ring(448, 280, 0, 0, 0, 448, 280))) < 1.2);
    }

    @Test
    void scenesAreUnchanged() {
        Random random = new Random(2);
        BufferedImage noise = new BufferedImage(200, 150, BufferedImage.TYPE_INT_RGB),
                gradient = new BufferedImage(200, 150, BufferedImage.TYPE_INT_RGB),
                skyAndMeadow = new BufferedImage(200, 150, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 150; y++)
            for (int x = 0; x < 200; x++) {
                noise.setRGB(x, y, random.nextInt());
                gradient.setRGB(x, y, new Color(20, 40, 90 + y).getRGB());
                skyAndMeadow.setRGB(x, y, y < 70 ? 0xffffff : 0x30a030);
            }
        for (BufferedImage scene : new BufferedImage[] {noise, gradient, skyAndMeadow}) {
            Image image = Image.of(scene);
            assertSame(image, NORMALIZATION.normalize(image, SIZE));
        }
    }

    @Test
    void uniformAndTinyImagesAreUnchanged() {
        for (Image image : new Image[] {
            Image.filled(100, 80, 0), Image.filled(100, 80, 0xffffff), Image.filled(1, 1, 7), Image.filled(3000, 2, 0)
        }) assertEquals(image, NORMALIZATION.normalize(image, SIZE));
    }

    @Test
    void thinSubjectsKeepAtLeastOnePixel() {
        Image line = Image.filled(600, 600, 0).paste(Image.filled(400, 2, 0xff0000), 50, 300);
        assertNotEquals(Image.filled(SIZE, SIZE, 0), NORMALIZATION.normalize(line, SIZE));
    }

    @Test
    void rejectsImpossibleSizes() {
        assertEquals(
                "longestSide is 1.5, expected more than 0 and at most 1.",
                assertThrows(UsageException.class, () -> new SubjectNormalization(1.5, 16))
                        .getMessage());
        assertEquals(
                "gridCells is 0, expected 1 or more.",
                assertThrows(UsageException.class, () -> new SubjectNormalization(0.5, 0))
                        .getMessage());
    }
}
