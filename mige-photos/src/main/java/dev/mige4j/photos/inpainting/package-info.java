/** Removes an object from a photograph. */
package dev.mige4j.photos.inpainting;
