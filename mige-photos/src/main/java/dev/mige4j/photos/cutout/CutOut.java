package dev.mige4j.photos.cutout;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.PhotoObject;

/**
 * An object cut out of its photograph: centred on a plain ground.
 *
 * @param origin the photograph and the object
 * @param onWhite the object on white
 * @param onBlack the object on black, of the same size
 */
public record CutOut(PhotoObject origin, Image onWhite, Image onBlack) {}
