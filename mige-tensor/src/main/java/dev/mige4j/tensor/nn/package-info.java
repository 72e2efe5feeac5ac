/**
 * Layers, as in {@code torch.nn}. Each gets its weights by name from {@link dev.mige4j.weights.Weights} and has one
 * {@code forward} method.
 */
package dev.mige4j.tensor.nn;
