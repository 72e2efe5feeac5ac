/**
 * Pictures: {@link mige.image.Picture} and its files, {@link mige.image.Resampling} as Pillow does it,
 * {@link mige.image.Framing} for the networks.
 */
package dev.mige4j.image;
