package dev.mige4j.eval;

import java.util.Arrays;
import java.util.Random;

/**
 * A mean (or a ratio of means) with its 95 % interval, by drawing the items again with replacement 1,000 times.
 *
 * <p>The draws are the same every time. With one item the interval is that item.
 *
 * @param value the mean
 * @param low 2.5 % of the draws lie below
 * @param high 2.5 % of the draws lie above
 * @param sampleCount how many were averaged
 */
public record BootstrapEstimate(double value, double low, double high, int sampleCount) {

    private static final int RESAMPLES = 1000;

    /** The mean of the values; at least one. */
    static BootstrapEstimate mean(double[] values) {
        double[] ones = new double[values.length];
        Arrays.fill(ones, 1);
        return ratio(values, ones);
    }

    /** mean(above) / mean(below) of paired values; a draw whose denominator is 0 counts as infinite. */
    static BootstrapEstimate ratio(double[] numerators, double[] denominators) {
        int n = numerators.length;
        if (n == 0 || denominators.length != n)
            throw new IllegalArgumentException(
                    n + " values over " + denominators.length + ", expected as many and at least one");
        Random random = new Random(20250228);
        double[] resampled = new double[RESAMPLES];
        for (int d = 0; d < RESAMPLES; d++) {
            double a = 0, b = 0;
            for (int i = 0; i < n; i++) {
                int index = random.nextInt(n);
                a += numerators[index];
                b += denominators[index];
            }
            resampled[d] = divide(a, b);
        }
        Arrays.sort(resampled);
        return new BootstrapEstimate(
                divide(
                        Arrays.stream(numerators).sum(),
                        Arrays.stream(denominators).sum()),
                resampled[RESAMPLES / 40],
                resampled[RESAMPLES - 1 - RESAMPLES / 40],
                n);
    }

    private static double divide(double a, double b) {
        return b == 0 ? a == 0 ? 1 : Double.POSITIVE_INFINITY : a / b;
    }
}
