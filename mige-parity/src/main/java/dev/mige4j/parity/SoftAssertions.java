package dev.mige4j.parity;

import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Collects all comparisons of a case instead of stopping at the first failure. The one with the largest difference
 * relative to its tolerance is reported.
 */
public final class SoftAssertions {

    private record Assertion(String label, double difference, double tolerance, String detail) {
        boolean passed() {
            return difference <= tolerance; // false for NaN
        }

        double toleranceRatio() {
            return passed() ? (tolerance == 0 ? 0 : difference / tolerance) : Double.POSITIVE_INFINITY;
        }
    }

    private final List<Assertion> assertions = new ArrayList<>();

    /**
     * Compares shapes and elements of float tensors, within {@link Tolerance#FLOAT32} of the largest expected
     * magnitude.
     */
    public void assertClose(String label, Tensor expected, Tensor actual) {
        assertClose(label, expected, actual, Tolerance.FLOAT32);
    }

    /** Compares shapes and elements of float tensors, within {@code tolerance} times the largest expected magnitude. */
    public void assertClose(String label, Tensor expected, Tensor actual, double tolerance) {
        if (sameShape(label, expected, actual))
            assertClose(label, expected.toDoubleArray(), actual.toDoubleArray(), tolerance, true);
    }

    /** Compares numbers, within {@code tolerance} times the largest expected magnitude. */
    public void assertClose(String label, double[] expected, double[] actual, double tolerance) {
        if (sameLength(label, expected.length, actual.length)) assertClose(label, expected, actual, tolerance, true);
    }

    /** Compares shapes and elements of float tensors, within the absolute {@code tolerance}. */
    public void assertCloseAbsolute(String label, Tensor expected, Tensor actual, double tolerance) {
        if (sameShape(label, expected, actual))
            assertClose(label, expected.toDoubleArray(), actual.toDoubleArray(), tolerance, false);
    }

    /** Compares numbers, within the absolute {@code tolerance}. */
    public void assertCloseAbsolute(String label, double[] expected, double[] actual, double tolerance) {
        if (sameLength(label, expected.length, actual.length)) assertClose(label, expected, actual, tolerance, false);
    }

    private void assertClose(String label, double[] expected, double[] actual, double tolerance, boolean relative) {
        double scale = 0, worst = 0;
        int worstIndex = -1;
        for (int i = 0; i < expected.length; i++) {
            scale = Math.max(scale, Math.abs(expected[i]));
            double error = Math.abs(expected[i] - actual[i]);
            if (error > worst || (Double.isNaN(error) && !Double.isNaN(worst))) {
                worst = error;
                worstIndex = i;
            }
        }
        double difference = !relative || scale == 0 ? worst : worst / scale;
        add(
                label,
                difference,
                tolerance,
                worstIndex < 0
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "element %d is %.7g, expected %.7g",
                                worstIndex,
                                actual[worstIndex],
                                expected[worstIndex]));
    }

    /** Compares float tensors by their relative L2 distance, for results whose rounding is not predictable. */
    public void assertCloseL2(String label, Tensor expected, Tensor actual, double tolerance) {
        if (!sameShape(label, expected, actual)) return;
        double[] e = expected.toDoubleArray(), f = actual.toDoubleArray();
        double squaredError = 0, squaredNorm = 0;
        for (int i = 0; i < e.length; i++) {
            squaredError += (e[i] - f[i]) * (e[i] - f[i]);
            squaredNorm += e[i] * e[i];
        }
        add(label, Math.sqrt(squaredError / Math.max(squaredNorm, Double.MIN_NORMAL)), tolerance, "relative L2");
    }

    /** Compares integer tensors for equality. */
    public void assertEqual(String label, Tensor expected, Tensor actual) {
        if (!sameShape(label, expected, actual)) return;
        assertEqual(label, expected.toLongArray(), actual.toLongArray());
    }

    /** Compares integers for equality; the difference is the fraction of unequal ones. */
    public void assertEqual(String label, long[] expected, long[] actual) {
        if (!sameLength(label, expected.length, actual.length)) return;
        int mismatches = 0, firstMismatch = -1;
        for (int i = 0; i < expected.length; i++) {
            if (expected[i] == actual[i]) continue;
            if (mismatches++ == 0) firstMismatch = i;
        }
        add(
                label,
                expected.length == 0 ? 0 : (double) mismatches / expected.length,
                Tolerance.EXACT,
                firstMismatch < 0
                        ? ""
                        : "element " + firstMismatch + " is " + actual[firstMismatch] + ", expected "
                                + expected[firstMismatch]);
    }

    /** Compares token ids for equality. */
    public void assertEqual(String label, int[] expected, int[] actual) {
        boolean equal = Arrays.equals(expected, actual);
        add(
                label,
                equal ? 0 : 1,
                Tolerance.EXACT,
                equal ? "" : "is " + Arrays.toString(actual) + ", expected " + Arrays.toString(expected));
    }

    /** Compares objects with {@link Objects#equals}. */
    public void assertEqual(String label, Object expected, Object actual) {
        boolean equal = Objects.equals(expected, actual);
        add(label, equal ? 0 : 1, Tolerance.EXACT, equal ? "" : "is '" + actual + "', expected '" + expected + "'");
    }

    /**
     * Compares every {@code intermediate.*} and {@code output.*} tensor of a golden with the computed tensor of the
     * same name: integers for equality, floats by {@link #assertClose}. A tensor of the golden without a computed one
     * fails.
     */
    public void assertMatchesGolden(Golden golden, Map<String, Supplier<Tensor>> computed) {
        assertMatchesGolden(golden, computed, UnaryOperator.identity());
    }

    /** Like {@link #assertMatchesGolden(Golden, Map)}, after applying {@code transform} to both tensors. */
    public void assertMatchesGolden(
            Golden golden, Map<String, Supplier<Tensor>> computed, UnaryOperator<Tensor> transform) {
        for (String name : golden.names()) {
            if (!name.startsWith("intermediate.") && !name.startsWith("output.")) continue;
            if (!computed.containsKey(name)) {
                fail("there is no comparison for '" + name + "'");
                continue;
            }
            Tensor expected = transform.apply(golden.get(name)),
                    actual = transform.apply(computed.get(name).get());
            if (expected.dtype().isFloatingPoint()) assertClose(name, expected, actual);
            else assertEqual(name, expected, actual);
        }
    }

    /** Compares images for equality; the difference is the fraction of unequal bytes. */
    public void assertEqual(String label, Image expected, Image actual) {
        if (expected.equals(actual)) {
            add(label, 0, Tolerance.EXACT, "");
            return;
        }
        byte[] e = expected.rgb(), f = actual.rgb();
        long mismatches = IntStream.range(0, Math.min(e.length, f.length))
                .filter(i -> e[i] != f[i])
                .count();
        add(
                label,
                e.length == f.length ? (double) mismatches / e.length : 1,
                Tolerance.EXACT,
                "is " + actual + ", expected " + expected + ", " + mismatches + " bytes differ");
    }

    /** Records a failure that is not a numeric difference. */
    public void fail(String reason) {
        add(reason, Double.POSITIVE_INFINITY, Tolerance.EXACT, "");
    }

    private boolean sameShape(String label, Tensor expected, Tensor actual) {
        if (Arrays.equals(expected.shape(), actual.shape())) return true;
        add(
                label,
                Double.POSITIVE_INFINITY,
                0,
                "has the shape " + Arrays.toString(actual.shape()) + ", expected " + Arrays.toString(expected.shape()));
        return false;
    }

    private boolean sameLength(String label, int expected, int actual) {
        if (expected == actual) return true;
        add(label, Double.POSITIVE_INFINITY, 0, "has " + actual + " elements, expected " + expected);
        return false;
    }

    private void add(String label, double difference, double tolerance, String detail) {
        assertions.add(new Assertion(label, difference, tolerance, detail));
    }

    String lastLabel() {
        return assertions.isEmpty() ? null : assertions.get(assertions.size() - 1).label;
    }

    /** The text on one line, shortened to {@code maxLength}. */
    private static String abbreviate(String text, int maxLength) {
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= maxLength ? line : line.substring(0, maxLength - 3) + "...";
    }

    ParityResult result(String name) {
        if (assertions.isEmpty()) return ParityResult.failed(name, "nothing was compared");
        Assertion worst = assertions.get(0);
        for (Assertion c : assertions) if (c.toleranceRatio() > worst.toleranceRatio()) worst = c;
        long failed = assertions.stream().filter(c -> !c.passed()).count();
        String detail = failed == 0
                ? abbreviate(worst.label, 60) + " (" + assertions.size() + " compared)"
                : abbreviate(worst.label + (worst.detail.isEmpty() ? "" : ": " + worst.detail), 400)
                        + (assertions.size() == 1 ? "" : " (" + failed + " of " + assertions.size() + " differ)");
        return new ParityResult(name, worst.difference, worst.tolerance, failed == 0, detail);
    }
}
