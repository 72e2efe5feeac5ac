package dev.mige4j.sampler;

import dev.mige4j.common.UsageException;

/**
 * Limits guidance to an interval of the diffusion process. At the noisiest times guidance narrows what is generated, at
 * the cleanest it has no effect; without it a step needs one forward pass.
 *
 * <p>Source: arXiv 2404.07724. Not part of the reference.
 *
 * @param from least timestep with guidance, 0 to 999
 * @param to largest timestep with guidance, 0 to 999
 */
public record GuidanceInterval(double from, double to) {

    public GuidanceInterval {
        if (!(from >= 0 && from <= to && to <= 999))
            throw new UsageException("guidanceInterval is %s to %s, expected 0 <= from <= to <= 999.", from, to);
    }

    /** Whether guidance is used at timestep {@code t}. */
    public boolean contains(double t) {
        return t >= from && t <= to;
    }

    /** Uses {@code guided} at the timesteps of the interval and {@code unguided} at all others. */
    public NoiseModel limit(NoiseModel guided, NoiseModel unguided) {
        return (x, t) -> (contains(t) ? guided : unguided).predict(x, t);
    }
}
