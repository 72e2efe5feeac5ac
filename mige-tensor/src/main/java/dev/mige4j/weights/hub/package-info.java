/** Downloads published checkpoints from a model hub or mirror and converts them into a model folder. */
package dev.mige4j.weights.hub;
