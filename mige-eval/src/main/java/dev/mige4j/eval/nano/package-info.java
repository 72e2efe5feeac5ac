/** nano-MIGEBench: its samples, and its metrics by retrieval among rendered candidates. */
package dev.mige4j.eval.nano;
