package dev.mige4j.train.optimizer;

import dev.mige4j.common.UsageException;
import dev.mige4j.train.config.ConfigKey;

/**
 * The learning rate of each step: linear warm-up, constant, then optionally a linear decay to a tenth.
 *
 * <pre>
 *   rate(k) = learningRate · min(1, k / warmupSteps) · (1 − 0.9 · max(0, (k − (totalSteps − decaySteps)) / decaySteps))
 * </pre>
 *
 * with k = 0, 1, ... The reference has no decay; its first update has the rate 0 (docs/specification/diffusion.md
 * section 8).
 */
public record LearningRateSchedule(
        @ConfigKey("learning rate after the warm-up") double learningRate,

        @ConfigKey("steps in which it rises linearly from 0; 0: none")
        long warmupSteps,

        @ConfigKey("steps of the training") long totalSteps,

        @ConfigKey("steps at the end in which it falls linearly to a tenth; 0: none")
        long decaySteps) {

    public LearningRateSchedule {
        if (!(learningRate > 0) || warmupSteps < 0 || totalSteps < 1 || decaySteps < 0)
            throw new UsageException(
                    "trainer.schedule: learningRate %s and totalSteps %d must be above 0, warmupSteps %d and decaySteps"
                            + " %d at least 0.",
                    learningRate, totalSteps, warmupSteps, decaySteps);
    }

    /** The learning rate of step k, from 0. */
    public double at(long step) {
        double warmup = warmupSteps == 0 ? 1 : Math.min(1, (double) step / warmupSteps);
        double decay = decaySteps == 0 ? 0 : Math.max(0, (double) (step - (totalSteps - decaySteps)) / decaySteps);
        return learningRate * warmup * (1 - 0.9 * decay);
    }
}
