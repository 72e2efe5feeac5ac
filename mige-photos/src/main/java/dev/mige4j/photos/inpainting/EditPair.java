package dev.mige4j.photos.inpainting;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;

/**
 * A photograph before and after an edit, in one size.
 *
 * @param source before: without the object
 * @param target after: with it
 * @param edited the pixels in which they may differ
 */
public record EditPair(Image source, Image target, BinaryMask edited) {}
