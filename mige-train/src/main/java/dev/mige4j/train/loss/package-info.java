/** Diffusion losses. */
package dev.mige4j.train.loss;
