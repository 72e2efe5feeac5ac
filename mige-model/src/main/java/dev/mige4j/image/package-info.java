/**
 * Images: {@link dev.mige4j.image.Image} in memory, {@link dev.mige4j.image.ImageFile} and
 * {@link dev.mige4j.image.ImageHeader} for files, {@link dev.mige4j.image.Resampling} bit-exact with Pillow,
 * {@link dev.mige4j.image.ImagePreprocessing} to the square inputs of the networks.
 */
package dev.mige4j.image;
