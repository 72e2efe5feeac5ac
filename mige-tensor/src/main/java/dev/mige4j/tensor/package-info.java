/**
 * Tensors on libtorch: {@link dev.mige4j.tensor.Tensor}, memory management by {@link dev.mige4j.tensor.Scope}, random
 * numbers by {@link dev.mige4j.tensor.Rng}, and native set-up by {@link dev.mige4j.tensor.Engine}. The only package
 * that uses org.bytedeco.
 */
package dev.mige4j.tensor;
