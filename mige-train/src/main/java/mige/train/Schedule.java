package mige.train;

/**
 * The learning rate of each step: a linear rise, then constant, then, if wanted, a linear fall to a tenth at the end.
 *
 * <pre>
 *   rate(k) = rate · min(1, k / warmUp) · (1 − 0.9 · max(0, (k − (steps − fall)) / fall))      k = 0, 1, ...
 * </pre>
 *
 * The reference's is {@code fall} 0: its very first update has the rate 0 (DIFFUSION.md section 8).
 *
 * @param rate   the base rate
 * @param warmUp steps of the rise; 0: none
 * @param steps  steps in all
 * @param fall   steps of the fall before the end; 0: none
 */
public record Schedule(double rate, long warmUp, long steps, long fall) {

    public double at(long k) {
        double rise = warmUp == 0 ? 1 : Math.min(1, (double) k / warmUp);
        double fallen = fall == 0 ? 0 : Math.max(0, (double) (k - (steps - fall)) / fall);
        return rate * rise * (1 - 0.9 * fallen);
    }
}
