/**
 * What a benchmark is: samples, requests, comparisons and targets, and the models that are run on it.
 *
 * <pre>
 *   Benchmark          name, suites, subsets, hash of the data
 *   BenchmarkSample    id, suite, seed, names of its output files
 *   BenchmarkTurn      task for the model; Comparison of its output, one for each metric
 *   Score              the metrics of an output: numbers, or why there is none
 * </pre>
 *
 * <p>A published benchmark is data: its turns declare their comparisons, and {@code dev.mige4j.eval.Evaluation}
 * generates the outputs as files and computes the metrics.
 */
package dev.mige4j.eval.benchmark;
