/**
 * Pictures to latents and back: {@link mige.autoencoder.AutoEncoder}.
 *
 * <p>Sizes: B batch, C channels of a level, c latent channels, H W picture, h w latent.
 */
package dev.mige4j.autoencoder;
