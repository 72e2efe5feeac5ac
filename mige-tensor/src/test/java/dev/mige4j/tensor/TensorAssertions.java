package dev.mige4j.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;

/** Assertions on tensors for the tests of all modules. */
public final class TensorAssertions {

    private TensorAssertions() {}

    /**
     * Asserts the same shape, and that no element differs by more than tolerance · max(1, largest expected magnitude).
     * NaN differs from everything.
     */
    public static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        assertArrayEquals(expected.shape(), actual.shape(), "shape");
        double[] expectedValues = expected.toDoubleArray(), actualValues = actual.toDoubleArray();
        double scale = 1, maxError = 0;
        int maxIndex = 0;
        for (double v : expectedValues) scale = Math.max(scale, Math.abs(v));
        for (int i = 0; i < expectedValues.length; i++) {
            double error = expectedValues[i] == actualValues[i] ? 0 : Math.abs(expectedValues[i] - actualValues[i]);
            if (Double.isNaN(error)) error = Double.POSITIVE_INFINITY;
            if (error > maxError) {
                maxError = error;
                maxIndex = i;
            }
        }
        double limit = tolerance * scale;
        assertTrue(
                maxError <= limit,
                String.format(
                        Locale.ROOT,
                        "element %d is %s, expected %s: the error is %.3g, the limit %.3g",
                        maxIndex,
                        expectedValues.length == 0 ? "" : actualValues[maxIndex],
                        expectedValues.length == 0 ? "" : expectedValues[maxIndex],
                        maxError,
                        limit));
    }
}
