/**
 * The loops that make weights: autoencoder, contrastive pair, and the joint training of MIGE; optimiser, state,
 * metrics.
 */
package dev.mige4j.train;
