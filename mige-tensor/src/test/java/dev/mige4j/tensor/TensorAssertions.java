package dev.mige4j.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Assertions about tensors, shared by the tests of every module. */
public final class TensorAssertions {

    private TensorAssertions() {}

    /** Same shape, and no element further off than tolerance · max(1, largest magnitude expected). */
    public static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        assertArrayEquals(expected.shape(), actual.shape(), "shape");
        double[] expectedValues = expected.toDoubleArray(), actualValues = actual.toDoubleArray();
        double scale = 1, maxError = 0;
        int maxIndex = 0;
        for (double v : expectedValues) scale = Math.max(scale, Math.abs(v));
        for (int i = 0; i < expectedValues.length; i++) {
            double error = Math.abs(expectedValues[i] - actualValues[i]);
            if (!(error <= maxError)) {
                maxError = error;
                maxIndex = i;
            }
        }
        double limit = tolerance * scale;
        assertTrue(
                maxError <= limit,
                String.format(
                        "element %d is %s, expected %s: %.3g off, limit %.3g",
                        maxIndex,
                        expectedValues.length == 0 ? "" : actualValues[maxIndex],
                        expectedValues.length == 0 ? "" : expectedValues[maxIndex],
                        maxError,
                        limit));
    }
}
