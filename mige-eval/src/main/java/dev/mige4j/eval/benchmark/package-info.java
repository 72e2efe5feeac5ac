/** What a benchmark is: samples, requests, comparisons and targets, and the models that are run on it. */
package dev.mige4j.eval.benchmark;
