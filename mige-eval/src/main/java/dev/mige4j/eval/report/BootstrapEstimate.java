package dev.mige4j.eval.report;

import java.util.Arrays;
import java.util.Random;

/**
 * A mean, or a ratio of means, with its 95 % confidence interval from a percentile bootstrap of 1,000 resamples.
 *
 * <p>The resamples use a fixed seed, so that equal values give equal intervals. With one value, the interval has width
 * 0.
 *
 * @param value the mean or ratio
 * @param low the 2.5 % quantile of the resamples
 * @param high the 97.5 % quantile
 * @param sampleCount number of values
 */
public record BootstrapEstimate(double value, double low, double high, int sampleCount) {

    private static final int RESAMPLES = 1000;
    private static final long SEED = 20250228;

    /** The mean of one or more values. */
    public static BootstrapEstimate mean(double[] values) {
        double[] ones = new double[values.length];
        Arrays.fill(ones, 1);
        return ratio(values, ones);
    }

    /** mean(numerators) / mean(denominators) of paired values; x / 0 is infinite and 0 / 0 is 1. */
    static BootstrapEstimate ratio(double[] numerators, double[] denominators) {
        int n = numerators.length;
        if (n == 0 || denominators.length != n)
            throw new IllegalArgumentException(n + " numerators and " + denominators.length
                    + " denominators, expected the same number, 1 or more");
        Random random = new Random(SEED);
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
        if (b != 0) return a / b;
        return a == 0 ? 1 : Double.POSITIVE_INFINITY;
    }
}
