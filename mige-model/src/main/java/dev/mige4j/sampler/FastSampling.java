package dev.mige4j.sampler;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Sampling that is two to four times faster than a model's defaults and gives nearly the same image: fewer solver
 * steps, at better times, and guidance at fewer noise levels. docs/experiments/fast-sampling has the measurements.
 *
 * <p>Not part of the reference.
 *
 * @param steps solver steps for a new image and for an edit
 * @param timeGrid the times of the steps; default: {@link TimeGrid#UNIFORM}
 * @param guidanceInterval the noise levels at which guidance is used; null: all
 */
public record FastSampling(
        int steps,
        TimeGrid timeGrid,
        @JsonInclude(JsonInclude.Include.NON_NULL) GuidanceInterval guidanceInterval) {

    /**
     * For the published model, from the literature, since no image of it could be judged. DPM-Solver++ needs 15 to 20
     * steps with guidance (arXiv 2211.01095), and the demonstration of PixArt-α, the model that MIGE starts from, takes
     * 20. The time grid was made for the same autoencoder. Guidance helps Stable Diffusion XL at noise levels
     * sigma/alpha from 0.28 to 5.42 (arXiv 2404.07724): timesteps 82 to 578 of {@link NoiseSchedule#linear}.
     */
    public static final FastSampling PUBLISHED =
            new FastSampling(20, TimeGrid.ALIGN_YOUR_STEPS, new GuidanceInterval(82, 578));

    public FastSampling {
        if (timeGrid == null) timeGrid = TimeGrid.UNIFORM;
    }
}
