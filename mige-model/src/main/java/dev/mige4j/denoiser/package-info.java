/**
 * Noisy latent, time, canvas and words to the noise in it: {@link mige.denoiser.Denoiser}.
 *
 * <p>Sizes: B batch, c latent channels, h w latent, p patch, N = (h/p)·(w/p) image tokens, C width, L words, D width of
 * a word.
 */
package dev.mige4j.denoiser;
