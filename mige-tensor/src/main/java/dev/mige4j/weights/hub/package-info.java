/** Downloads of checkpoint files from a model hub. */
package dev.mige4j.weights.hub;
