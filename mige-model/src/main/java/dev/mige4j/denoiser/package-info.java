/**
 * The diffusion transformer, which predicts the noise in a latent from the timestep, the source latent and the
 * conditioning: {@link dev.mige4j.denoiser.Denoiser}.
 *
 * <p>The letters in shapes are those of {@link dev.mige4j.encoder}; N = (h/p)·(w/p) patches are the image tokens.
 */
package dev.mige4j.denoiser;
