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
        assertArrayEquals(Tensor.rand(5, 9).toFloatArray(), Tensor.rand(5, 9).toFloatArray());
        assertNotEquals(Tensor.randn(5, 1).item(), Tensor.randn(6, 1).item());
        assertNotEquals(Tensor.rand(5, 1).item(), Tensor.rand(6, 1).item());
    }

    @Test
    void theDeviceDrawsNormalAndUniformNumbers() {
        Tensor normal = Tensor.randn(7, 100, 1000), uniform = Tensor.rand(7, 100, 1000);
        assertEquals(0, normal.mean().item(), 0.01);
        assertEquals(1, normal.mul(normal).mean().item(), 0.02);
        assertEquals(0.5, uniform.mean().item(), 0.005);
        assertEquals(1 / 3.0, uniform.mul(uniform).mean().item(), 0.005);
        assertEquals(
                100_000,
                uniform.mul(uniform.sub(1)).lt(1e-12).to(DType.F32).sum().item()); // in [0, 1)
        Tensor integers = Tensor.randint(7, 5, new long[] {1000});
        for (int value = 0; value < 5; value++)
            assertEquals(200, integers.eq(value).to(DType.F32).sum().item(), 50);
    }

    static final long PYTHON_LONG = 5860610656741312527L;
    static final float[] PYTHON_NORMALS = {0.8546329f, -0.1848972f, -1.7339881f, -0.3642107f};
}
