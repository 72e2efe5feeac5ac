package mige.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Assertions about tensors, shared by the tests of every module. */
public final class Close {

    private Close() {}

    /** Same shape, and no element further off than tolerance · max(1, largest magnitude expected). */
    public static void assertClose(Tensor expected, Tensor found, double tolerance) {
        assertArrayEquals(expected.shape(), found.shape(), "shape");
        double[] e = expected.doubles(), f = found.doubles();
        double scale = 1, worst = 0;
        int where = 0;
        for (double v : e) scale = Math.max(scale, Math.abs(v));
        for (int i = 0; i < e.length; i++) {
            double off = Math.abs(e[i] - f[i]);
            if (!(off <= worst)) {
                worst = off;
                where = i;
            }
        }
        double limit = tolerance * scale;
        assertTrue(worst <= limit, String.format("element %d is %s, expected %s: %.3g off, limit %.3g", where,
                e.length == 0 ? "" : f[where], e.length == 0 ? "" : e[where], worst, limit));
    }
}
