package mige.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class EstimateTest {

    @Test void isSureOfWhatNeverVaries() {
        assertEquals(new Estimate(0.25, 0.25, 0.25, 40), Estimate.mean(filled(40, 0.25)));
        assertEquals(new Estimate(7, 7, 7, 1), Estimate.mean(new double[] {7}));
    }

    @Test void givesTheIntervalOfACoin() {
        double[] coin = new double[200];
        Arrays.fill(coin, 0, 100, 1);
        Estimate e = Estimate.mean(coin);
        assertEquals(0.5, e.value());
        assertEquals(0.5 - 1.96 * Math.sqrt(0.25 / 200), e.low(), 0.015);         // the normal approximation
        assertEquals(0.5 + 1.96 * Math.sqrt(0.25 / 200), e.high(), 0.015);
        assertEquals(e, Estimate.mean(coin));
    }

    @Test void dividesMeansNotItems() {
        assertEquals(2, Estimate.ratio(new double[] {1, 9}, new double[] {4, 1}).value());
        Estimate paired = Estimate.ratio(new double[] {2, 20, 6}, new double[] {1, 10, 3});
        assertEquals(new Estimate(2, 2, 2, 3), paired);                           // pairs stay together
    }

    @Test void survivesADenominatorOfZero() {
        assertTrue(Double.isInfinite(Estimate.ratio(new double[] {1}, new double[] {0}).value()));
    }

    private static double[] filled(int n, double value) {
        double[] values = new double[n];
        Arrays.fill(values, value);
        return values;
    }
}
