package mige.eval;

import java.util.Arrays;
import java.util.Random;

/**
 * A mean (or a ratio of means) with its 95 % interval, by drawing the items again with replacement 1,000 times.
 *
 * <p>The draws are the same every time. With one item the interval is that item.
 *
 * @param value the mean
 * @param low   2.5 % of the draws lie below
 * @param high  2.5 % of the draws lie above
 * @param items how many were averaged
 */
public record Estimate(double value, double low, double high, int items) {

    private static final int DRAWS = 1000;

    /** The mean of the values; at least one. */
    static Estimate mean(double[] values) {
        double[] ones = new double[values.length];
        Arrays.fill(ones, 1);
        return ratio(values, ones);
    }

    /** mean(above) / mean(below) of paired values; a draw whose denominator is 0 counts as infinite. */
    static Estimate ratio(double[] above, double[] below) {
        int n = above.length;
        if (n == 0 || below.length != n) throw new IllegalArgumentException(n + " values over " + below.length + ", expected as many and at least one");
        Random random = new Random(20250228);
        double[] draws = new double[DRAWS];
        for (int d = 0; d < DRAWS; d++) {
            double a = 0, b = 0;
            for (int i = 0; i < n; i++) {
                int at = random.nextInt(n);
                a += above[at];
                b += below[at];
            }
            draws[d] = divide(a, b);
        }
        Arrays.sort(draws);
        return new Estimate(divide(Arrays.stream(above).sum(), Arrays.stream(below).sum()), draws[DRAWS / 40], draws[DRAWS - 1 - DRAWS / 40], n);
    }

    private static double divide(double a, double b) {
        return b == 0 ? a == 0 ? 1 : Double.POSITIVE_INFINITY : a / b;
    }
}
