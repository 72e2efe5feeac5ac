/** Chooses the object of a photograph and cuts it out. */
package dev.mige4j.photos.cutout;
