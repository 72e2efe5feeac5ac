/** Reads the files of a model hub or a mirror: whole, resumed, or in ranges. */
package dev.mige4j.weights.hub;
