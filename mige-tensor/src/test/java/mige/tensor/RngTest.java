package mige.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class RngTest {

    /** Printed by a few lines of Python that follow the formula in {@link Rng}. */
    @Test
    void givesTheNumbersThatPythonPrinted() {
        assertEquals(PYTHON_LONG, new Rng(42, 3).nextLong());
        assertArrayEquals(PYTHON_NORMALS, new Rng(42, 3).normals(4), 1e-6f);
    }

    @Test
    void looksNormal() {
        float[] x = new Rng(7, 0).normals(100_000);
        double mean = 0, square = 0;
        for (float v : x) {
            mean += v / x.length;
            square += (double) v * v / x.length;
        }
        assertEquals(0, mean, 0.01);
        assertEquals(1, square, 0.02);
    }

    @Test
    void streamsDiffer() {
        assertNotEquals(new Rng(1, 0).nextLong(), new Rng(1, 1).nextLong());
        assertNotEquals(Rng.named(1, "a").nextLong(), Rng.named(1, "b").nextLong());
    }

    static final long PYTHON_LONG = 5860610656741312527L;
    static final float[] PYTHON_NORMALS = {0.8546329f, -0.1848972f, -1.7339881f, -0.3642107f};
}
