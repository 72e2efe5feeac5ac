/** Reads {@code torch.save} files without Python and without executing the pickle inside. */
package dev.mige4j.weights.torch;
