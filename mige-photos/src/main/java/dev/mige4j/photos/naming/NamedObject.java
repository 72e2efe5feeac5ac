package dev.mige4j.photos.naming;

import dev.mige4j.photos.cutout.CutOut;

/**
 * An object with its name.
 *
 * @param cutOut the object
 * @param name what it is, in one or a few words without article, such as "coffee mug"
 */
public record NamedObject(CutOut cutOut, String name) {}
