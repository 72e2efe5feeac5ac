package dev.mige4j.sampler;

import dev.mige4j.tensor.Tensor;

/** Predicts the noise in a latent: all that a solver knows of a network. */
@FunctionalInterface
public interface NoiseModel {

    /**
     * @param x [B, c, h, w]; not modified
     * @param t in the network's unit, 0 to 999, fractional between the steps of training
     */
    Tensor predict(Tensor x, double t);
}
