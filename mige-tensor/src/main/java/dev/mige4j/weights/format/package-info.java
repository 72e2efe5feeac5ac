/**
 * Files of named tensors: the common reader {@link dev.mige4j.weights.format.TensorFile} and the safetensors format.
 *
 * <p>Headers are checked before any value is read, and values are streamed or memory-mapped, so a file may be larger
 * than memory. A mapped file must not be truncated or overwritten in place while it is in use; this project always
 * writes a new file and renames it ({@link dev.mige4j.common.AtomicFile}).
 */
package dev.mige4j.weights.format;
