/**
 * Noise to latent: how noisy each time is, how a step is guided, and the solver that walks from noise to a clean
 * latent.
 */
package dev.mige4j.sampler;
