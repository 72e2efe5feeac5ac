package dev.mige4j.eval.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BootstrapEstimateTest {

    @Test
    void hasZeroWidthForConstantValues() {
        assertEquals(new BootstrapEstimate(0.25, 0.25, 0.25, 40), BootstrapEstimate.mean(constant(40, 0.25)));
        assertEquals(new BootstrapEstimate(7, 7, 7, 1), BootstrapEstimate.mean(new double[] {7}));
    }

    @Test
    void matchesTheNormalApproximationForACoin() {
        double[] coin = new double[200];
        Arrays.fill(coin, 0, 100, 1);
        BootstrapEstimate e = BootstrapEstimate.mean(coin);
        assertEquals(0.5, e.value());
        assertEquals(0.5 - 1.96 * Math.sqrt(0.25 / 200), e.low(), 0.015);
        assertEquals(0.5 + 1.96 * Math.sqrt(0.25 / 200), e.high(), 0.015);
        assertEquals(e, BootstrapEstimate.mean(coin));
    }

    @Test
    void dividesMeansNotSamples() {
        assertEquals(
                2,
                BootstrapEstimate.ratio(new double[] {1, 9}, new double[] {4, 1})
                        .value());
        BootstrapEstimate paired = BootstrapEstimate.ratio(new double[] {2, 20, 6}, new double[] {1, 10, 3});
        assertEquals(new BootstrapEstimate(2, 2, 2, 3), paired); // pairs stay together
    }

    @Test
    void isInfiniteForAZeroDenominator() {
        assertTrue(Double.isInfinite(
                BootstrapEstimate.ratio(new double[] {1}, new double[] {0}).value()));
    }

    private static double[] constant(int n, double value) {
        double[] values = new double[n];
        Arrays.fill(values, value);
        return values;
    }
}
