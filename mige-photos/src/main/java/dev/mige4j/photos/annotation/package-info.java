/** Masks of objects in photographs, and the files of annotations that hold them. */
package dev.mige4j.photos.annotation;
