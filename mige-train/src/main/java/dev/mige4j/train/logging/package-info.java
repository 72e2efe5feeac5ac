/** Metrics of a training as JSON lines and TensorBoard events, and its progress listener. */
package dev.mige4j.train.logging;
