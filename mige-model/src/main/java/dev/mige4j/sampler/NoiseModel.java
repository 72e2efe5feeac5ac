package dev.mige4j.sampler;

import dev.mige4j.tensor.Tensor;

/** Predicts the noise in a latent: the interface between a solver and the denoiser network. */
@FunctionalInterface
public interface NoiseModel {

    /**
     * Predicts the noise in the latents at a timestep.
     *
     * @param x noisy latents [B, c, h, w]; not modified
     * @param t timestep, 0 to 999, possibly fractional
     * @return [B, c, h, w] or, for networks that predict several branches, [branches · B, c or more, h, w]
     */
    Tensor predict(Tensor x, double t);
}
