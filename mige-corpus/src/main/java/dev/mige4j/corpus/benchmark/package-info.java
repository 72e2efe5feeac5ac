/** nano-MIGEBench: the fixed examples that models are compared on. */
package dev.mige4j.corpus.benchmark;
