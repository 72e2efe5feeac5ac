/**
 * The training stages: autoencoder, contrastive image-text model, and joint training of encoder and denoiser; the loop
 * that they share, its state, and validation.
 */
package dev.mige4j.train;
