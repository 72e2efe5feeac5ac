package dev.mige4j.train.optimizer;

import dev.mige4j.common.UsageException;
import dev.mige4j.train.config.ConfigKey;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/**
 * The length of a training, in steps or in minutes, and the learning rate of each step: linear warm-up, constant, then
 * optionally a linear decay to a tenth.
 *
 * <pre>
 *   p    = seconds / (60 · minutes)   or, without minutes,   k / totalSteps                      progress
 *   rate = learningRate · min(1, k / warmupSteps) · (1 − 0.9 · max(0, (p − (1 − decayShare)) / decayShare))
 * </pre>
 *
 * with k = 0, 1, ... The reference has no decay; its first update has the rate 0 (docs/specification/diffusion.md
 * section 8).
 */
public record LearningRateSchedule(
        @ConfigKey("learning rate after the warm-up") double learningRate,

        @ConfigKey("steps in which it rises linearly from 0; 0: none")
        long warmupSteps,

        @ConfigKey("steps of the training, unless minutes are given")
        long totalSteps,

        @ConfigKey(
                value = "minutes of the training from its first step, in all its runs, however many steps that are;"
                        + " 0: totalSteps steps",
                defaultValue = "0")
        double minutes,

        @ConfigKey(
                value = "instant at which a training that is given minutes ends at the latest, such as"
                        + " 2026-01-31T12:00:00Z; null: none",
                defaultValue = "null")
        String until,

        @ConfigKey("share, 0 to 1, of the training at its end in which the rate falls linearly to a tenth; 0: none")
        double decayShare) {

    public LearningRateSchedule {
        try {
            if (until != null) Instant.parse(until);
        } catch (DateTimeParseException e) {
            throw new UsageException(
                    "trainer.schedule.until is '%s', expected an instant such as 2026-01-31T12:00:00Z.", until, e);
        }
        if (!(learningRate > 0 && Double.isFinite(learningRate))
                || warmupSteps < 0
                || totalSteps < 1
                || !(minutes >= 0 && Double.isFinite(minutes))
                || !(decayShare >= 0 && decayShare <= 1))
            throw new UsageException(
                    "trainer.schedule: learningRate %s and totalSteps %d must be above 0, warmupSteps %d and minutes %s"
                            + " at least 0, decayShare %s from 0 to 1; all of them are finite.",
                    learningRate, totalSteps, warmupSteps, minutes, decayShare);
    }

    /** This schedule for a training that goes on now after some seconds: shortened if it would end too late. */
    public LearningRateSchedule startedAt(Instant now, double seconds) {
        if (until == null || !isTimed()) return this;
        double available = (seconds
                        + Math.max(
                                1, Duration.between(now, Instant.parse(until)).toMillis() / 1e3))
                / 60;
        return new LearningRateSchedule(
                learningRate, warmupSteps, totalSteps, Math.min(minutes, available), until, decayShare);
    }

    /** Whether the length is given in minutes. */
    public boolean isTimed() {
        return minutes > 0;
    }

    /** How much of the training is done, from 0 to 1, after a number of steps and of seconds. */
    public double progress(long steps, double seconds) {
        return Math.min(1, isTimed() ? seconds / (60 * minutes) : (double) steps / totalSteps);
    }

    /** The learning rate of step k, from 0, when so much of the training is done. */
    public double at(long step, double progress) {
        double warmup = warmupSteps == 0 ? 1 : Math.min(1, (double) step / warmupSteps);
        double decay = decayShare == 0 ? 0 : Math.max(0, (progress - (1 - decayShare)) / decayShare);
        return learningRate * warmup * (1 - 0.9 * decay);
    }
}
