/**
 * The layers that every box of the paper's figure is built from; each takes its weights by name and computes one
 * formula.
 */
package dev.mige4j.tensor.nn;
