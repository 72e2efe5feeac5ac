package dev.mige4j.sampler;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;

/** Integrates the reverse diffusion process from noise to a clean latent. */
@FunctionalInterface
public interface Solver {

    /**
     * Samples a latent.
     *
     * @param noise standard normal, [B, c, h, w]; not modified
     * @param steps at least 2
     * @param stepNoise source of the noise that an ancestral solver adds in each step; unused by the others
     * @return the clean latent [B, c, h, w]
     */
    Tensor sample(Tensor noise, NoiseModel model, int steps, Rng stepNoise, DpmSolver.StepListener listener);

    /**
     * A solver on the linear schedule.
     *
     * @param ancestral true: {@link AncestralSolver}; false: {@link DpmSolver}
     * @param clipSampleRange predictions of the clean latent are clipped to ± this value; 0: no clipping
     */
    static Solver of(boolean ancestral, TimeGrid timeGrid, double clipSampleRange) {
        if (!(clipSampleRange >= 0))
            throw new UsageException("clipSampleRange is %s, expected 0 (no clipping) or more.", clipSampleRange);
        NoiseSchedule schedule = NoiseSchedule.linear();
        if (ancestral) return new AncestralSolver(schedule, timeGrid, clipSampleRange)::sample;
        DpmSolver solver =
                new DpmSolver(schedule, timeGrid, clipSampleRange == 0 ? Double.POSITIVE_INFINITY : clipSampleRange);
        return (noise, model, steps, stepNoise, listener) -> solver.sample(noise, model, steps, listener);
    }
}
