/** The layers that every box of the paper's figure is built from; each takes its weights by name and computes one formula. */
package mige.tensor.nn;
