/**
 * Runs evaluations: generates the outputs of models on a benchmark, scores them, and writes the reports.
 *
 * <pre>
 *   Benchmark -> BenchmarkSample -> BenchmarkTurn -> Task -> ModelUnderTest -> Image
 *   BenchmarkTurn.score: Image -> metrics
 *   ScoreLog -> Summary (BootstrapEstimate, Target) -> TextReport, HtmlReport, JSON
 * </pre>
 *
 * <p>{@link dev.mige4j.eval.Evaluation} runs this for any {@link dev.mige4j.eval.benchmark.Benchmark}.
 * {@link dev.mige4j.eval.InferenceBenchmark} measures speed.
 */
package dev.mige4j.eval;
