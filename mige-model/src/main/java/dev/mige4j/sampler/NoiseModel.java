package dev.mige4j.sampler;

import dev.mige4j.tensor.Tensor;

/** Predicts the noise in a latent; the only view that a solver has of the network. */
@FunctionalInterface
public interface NoiseModel {

    /**
     * @param x noisy latents [B, c, h, w]; not modified
     * @param t timestep, 0 to 999, possibly fractional
     * @return [B, c, h, w] or, for networks that predict several branches, [branches · B, c or more, h, w]
     */
    Tensor predict(Tensor x, double t);
}
