/**
 * The variational autoencoder that converts between images and latents: {@link dev.mige4j.autoencoder.AutoEncoder}.
 *
 * <p>The letters in shapes are those of {@link dev.mige4j.encoder}.
 */
package dev.mige4j.autoencoder;
