/** Auxiliary losses of the joint training. */
package dev.mige4j.train.auxiliary;
