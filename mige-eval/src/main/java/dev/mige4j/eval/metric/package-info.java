/** Measures of an output: their names and units, and those that compare pixels. */
package dev.mige4j.eval.metric;
