package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;

class PhotographClassifierTest {

    private static Image image(int width, int height, IntBinaryOperator grey) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) grey.applyAsInt(i / 3 % width, i / 3 / width);
        return Image.of(width, height, rgb);
    }

    @Test
    void textureAtTheSizeOfTheModelIsThatOfAPhotograph() {
        Random random = new Random(1);
        assertTrue(PhotographClassifier.isPhotograph(
                image(400, 300, (x, y) -> (int) (128 + 60 * random.nextGaussian() / 3 + 40 * Math.sin(x / 9.0))), 128));
    }

    @Test
    void flatAreasAndSmoothGradientsAreThoseOfADrawing() {
        assertFalse(PhotographClassifier.isPhotograph(Image.filled(1, 1, 0), 128));
        assertFalse(PhotographClassifier.isPhotograph(image(128, 128, (x, y) -> 128 + x / 4 + y / 4), 128));
        assertFalse(PhotographClassifier.isPhotograph(image(900, 600, (x, y) -> (x / 90 + y / 60) % 2 * 255), 128));
    }
}
