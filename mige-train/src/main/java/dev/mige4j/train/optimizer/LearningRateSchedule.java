package dev.mige4j.train.optimizer;

/**
 * The learning rate of each step: a linear rise, then constant, then, if wanted, a linear fall to a tenth at the end.
 *
 * <pre>
 *   rate(k) = rate · min(1, k / warmUp) · (1 − 0.9 · max(0, (k − (steps − fall)) / fall))      k = 0, 1, ...
 * </pre>
 *
 * The reference's is {@code fall} 0: its very first update has the rate 0 (docs/specification/diffusion.md section 8).
 *
 * @param learningRate the base rate
 * @param warmupSteps steps of the rise; 0: none
 * @param totalSteps steps in all
 * @param decaySteps steps of the fall before the end; 0: none
 */
public record LearningRateSchedule(double learningRate, long warmupSteps, long totalSteps, long decaySteps) {

    public double at(long step) {
        double warmup = warmupSteps == 0 ? 1 : Math.min(1, (double) step / warmupSteps);
        double decay = decaySteps == 0 ? 0 : Math.max(0, (double) (step - (totalSteps - decaySteps)) / decaySteps);
        return learningRate * warmup * (1 - 0.9 * decay);
    }
}
