package mige.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import mige.image.Picture;
import mige.tensor.Tensor;

/** Collects the comparisons of one case; the one nearest to its limit, or beyond, speaks for the case. */
public final class Checks {

    private record Check(String what, double difference, double limit, String where) {
        boolean passed() {
            return difference <= limit;         // false for NaN
        }

        double strain() {
            return passed() ? (limit == 0 ? 0 : difference / limit) : Double.POSITIVE_INFINITY;
        }
    }

    private final List<Check> checks = new ArrayList<>();

    /** Float tensors: shape, and every element within {@link Tolerance#FLOAT32} of the largest magnitude expected. */
    public void close(String what, Tensor expected, Tensor found) {
        close(what, expected, found, Tolerance.FLOAT32);
    }

    /** Float tensors: shape, and every element within {@code limit} times the largest magnitude expected. */
    public void close(String what, Tensor expected, Tensor found, double limit) {
        if (sameShape(what, expected, found)) close(what, expected.doubles(), found.doubles(), limit, true);
    }

    /** The same for plain numbers. */
    public void close(String what, double[] expected, double[] found, double limit) {
        if (sameLength(what, expected.length, found.length)) close(what, expected, found, limit, true);
    }

    /** Float tensors: shape, and every element within {@code limit} in absolute terms. */
    public void within(String what, Tensor expected, Tensor found, double limit) {
        if (sameShape(what, expected, found)) close(what, expected.doubles(), found.doubles(), limit, false);
    }

    private void close(String what, double[] expected, double[] found, double limit, boolean relative) {
        double scale = 0, worst = 0;
        int where = -1;
        for (int i = 0; i < expected.length; i++) {
            scale = Math.max(scale, Math.abs(expected[i]));
            double off = Math.abs(expected[i] - found[i]);
            if (off > worst || Double.isNaN(off) && !Double.isNaN(worst)) {
                worst = off;
                where = i;
            }
        }
        double difference = !relative || scale == 0 ? worst : worst / scale;
        add(what, difference, limit, where < 0 ? "" : String.format(Locale.ROOT, "element %d is %.7g, expected %.7g", where, found[where], expected[where]));
    }

    /** Float tensors whose rounding is not predictable: their relative L2 distance. */
    public void near(String what, Tensor expected, Tensor found, double limit) {
        if (!sameShape(what, expected, found)) return;
        double[] e = expected.doubles(), f = found.doubles();
        double apart = 0, size = 0;
        for (int i = 0; i < e.length; i++) {
            apart += (e[i] - f[i]) * (e[i] - f[i]);
            size += e[i] * e[i];
        }
        add(what, Math.sqrt(apart / Math.max(size, Double.MIN_NORMAL)), limit, "relative L2");
    }

    /** Integer tensors, or 8-bit ones: equal. */
    public void same(String what, Tensor expected, Tensor found) {
        if (!sameShape(what, expected, found)) return;
        same(what, expected.longs(), found.longs());
    }

    /** Numbers that must be equal; the difference is the share of those that are not. */
    public void same(String what, long[] expected, long[] found) {
        if (!sameLength(what, expected.length, found.length)) return;
        int wrong = 0, first = -1;
        for (int i = 0; i < expected.length; i++) {
            if (expected[i] == found[i]) continue;
            if (wrong++ == 0) first = i;
        }
        add(what, expected.length == 0 ? 0 : (double) wrong / expected.length, Tolerance.EXACT,
                first < 0 ? "" : "element " + first + " is " + found[first] + ", expected " + expected[first]);
    }

    /** Ids that must be equal. */
    public void same(String what, int[] expected, int[] found) {
        boolean equal = Arrays.equals(expected, found);
        add(what, equal ? 0 : 1, Tolerance.EXACT, equal ? "" : "is " + Arrays.toString(found) + ", expected " + Arrays.toString(expected));
    }

    /** Anything that must be equal. */
    public void same(String what, Object expected, Object found) {
        boolean equal = Objects.equals(expected, found);
        add(what, equal ? 0 : 1, Tolerance.EXACT, equal ? "" : "is '" + found + "', expected '" + expected + "'");
    }

    /**
     * Every {@code intermediate.*} and {@code output.*} of a golden with what we compute for the same name: integers equal, others
     * {@link #close}. A name that nothing of ours answers fails.
     */
    public void answers(Golden golden, Map<String, Supplier<Tensor>> ours) {
        answers(golden, ours, UnaryOperator.identity());
    }

    /** The same, of what {@code counts} leaves of each tensor, expected and found. */
    public void answers(Golden golden, Map<String, Supplier<Tensor>> ours, UnaryOperator<Tensor> counts) {
        for (String name : golden.names()) {
            if (!name.startsWith("intermediate.") && !name.startsWith("output.")) continue;
            if (!ours.containsKey(name)) {
                fail("nothing of ours answers '" + name + "'");
                continue;
            }
            Tensor expected = counts.apply(golden.get(name)), found = counts.apply(ours.get(name).get());
            if (expected.type().isFloat()) close(name, expected, found);
            else same(name, expected, found);
        }
    }

    /** Pictures that must be equal; the difference is the share of bytes that are not. */
    public void same(String what, Picture expected, Picture found) {
        if (expected.equals(found)) {
            add(what, 0, Tolerance.EXACT, "");
            return;
        }
        byte[] e = expected.rgb(), f = found.rgb();
        long wrong = IntStream.range(0, Math.min(e.length, f.length)).filter(i -> e[i] != f[i]).count();
        add(what, e.length == f.length ? (double) wrong / e.length : 1, Tolerance.EXACT, "is " + found + ", expected " + expected + ", " + wrong + " bytes differ");
    }

    /** Something is wrong that is no number. */
    public void fail(String why) {
        add(why, Double.POSITIVE_INFINITY, Tolerance.EXACT, "");
    }

    private boolean sameShape(String what, Tensor expected, Tensor found) {
        if (Arrays.equals(expected.shape(), found.shape())) return true;
        add(what, Double.POSITIVE_INFINITY, 0, "has the shape " + Arrays.toString(found.shape()) + ", expected " + Arrays.toString(expected.shape()));
        return false;
    }

    private boolean sameLength(String what, int expected, int found) {
        if (expected == found) return true;
        add(what, Double.POSITIVE_INFINITY, 0, "has " + found + " elements, expected " + expected);
        return false;
    }

    private void add(String what, double difference, double limit, String where) {
        checks.add(new Check(what, difference, limit, where));
    }

    String last() {
        return checks.isEmpty() ? null : checks.get(checks.size() - 1).what;
    }

    /** A text on one line, its end left away when it is long. */
    private static String brief(String text, int most) {
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= most ? line : line.substring(0, most - 3) + "...";
    }

    Outcome outcome(String name) {
        if (checks.isEmpty()) return Outcome.broken(name, "nothing was compared");
        Check worst = checks.get(0);
        for (Check c : checks) if (c.strain() > worst.strain()) worst = c;
        long failed = checks.stream().filter(c -> !c.passed()).count();
        String detail = failed == 0
                ? brief(worst.what, 60) + " (" + checks.size() + " compared)"
                : brief(worst.what + (worst.where.isEmpty() ? "" : ": " + worst.where), 400) + (checks.size() == 1 ? "" : " (" + failed + " of " + checks.size() + " differ)");
        return new Outcome(name, worst.difference, worst.limit, failed == 0, detail);
    }
}
