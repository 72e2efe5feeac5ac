package dev.mige4j.photos.report;

import java.util.Locale;

/**
 * The distribution of a measure over all kept samples.
 *
 * @param measure its name
 * @param min the smallest value
 * @param max the largest value
 * @param mean the mean
 * @param counts numbers of samples in equal parts of the range from {@code min} to {@code max}
 */
public record Histogram(String measure, double min, double max, double mean, int[] counts) {

    /** The number of bars. */
    static final int BARS = 24;

    /** The height of a bar, from 0 to 100, of which the highest has 100. */
    public int height(int bar) {
        int highest = 1;
        for (int count : counts) highest = Math.max(highest, count);
        return (int) Math.ceil(100.0 * counts[bar] / highest);
    }

    /** The part of the range that a bar stands for. */
    public String range(int bar) {
        double width = (max - min) / counts.length;
        return format(min + bar * width) + " to " + format(min + (bar + 1) * width);
    }

    /** A value with four significant digits. */
    public static String format(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }

    /** Collects the values of a measure whose range is known. */
    static final class Builder {

        private final String measure;
        private final int[] counts = new int[BARS];
        private double min = Double.POSITIVE_INFINITY, max = Double.NEGATIVE_INFINITY, sum;
        private int values;

        Builder(String measure) {
            this.measure = measure;
        }

        /** The first pass, over all values. */
        void extend(double value) {
            min = Math.min(min, value);
            max = Math.max(max, value);
            sum += value;
            values++;
        }

        /** The second pass. */
        void count(double value) {
            counts[max == min ? 0 : (int) Math.min(BARS - 1, (value - min) / (max - min) * BARS)]++;
        }

        Histogram build() {
            return new Histogram(measure, min, max, sum / values, counts);
        }
    }
}
