/** Converts published checkpoints, local ones and those on a hub, into model folders. */
package dev.mige4j.weights.conversion;
