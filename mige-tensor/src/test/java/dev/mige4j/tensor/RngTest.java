package dev.mige4j.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class RngTest {

    /** The expected numbers come from a Python implementation of the formula in {@link Rng}. */
    @Test
    void matchesTheNumbersOfThePythonReference() {
        assertEquals(PYTHON_LONG, new Rng(42, 3).nextLong());
        assertArrayEquals(PYTHON_NORMALS, new Rng(42, 3).nextGaussians(4), 1e-6f);
    }

    @Test
    void drawsStandardNormalNumbers() {
        float[] x = new Rng(7, 0).nextGaussians(100_000);
        double mean = 0, meanSquare = 0;
        for (float v : x) {
            mean += v / x.length;
            meanSquare += (double) v * v / x.length;
        }
        assertEquals(0, mean, 0.01);
        assertEquals(1, meanSquare, 0.02);
    }

    @Test
    void streamsAndNamesAreIndependent() {
        assertNotEquals(new Rng(1, 0).nextLong(), new Rng(1, 1).nextLong());
        assertNotEquals(Rng.forName(1, "a").nextLong(), Rng.forName(1, "b").nextLong());
    }

    @Test
    void theDeviceDrawsTheSameNumbersForTheSameSeed() {
        assertArrayEquals(
                Tensor.randn(5, 3, 4).toFloatArray(), Tensor.randn(5, 3, 4).toFloatArray());
        assertNotEquals(Tensor.randn(5, 1).item(), Tensor.randn(6, 1).item());
    }

    @Test
    void theDeviceDrawsNormalNumbers() {
        Tensor normal = Tensor.randn(7, 100, 1000);
        assertEquals(0, normal.mean().item(), 0.01);
        assertEquals(1, normal.mul(normal).mean().item(), 0.02);
    }

    static final long PYTHON_LONG = 5860610656741312527L;
    static final float[] PYTHON_NORMALS = {0.8546329f, -0.1848972f, -1.7339881f, -0.3642107f};
}
