/** Optimizer, learning-rate schedule and gradient clipping over one flat tensor of parameters. */
package dev.mige4j.train.optimizer;
