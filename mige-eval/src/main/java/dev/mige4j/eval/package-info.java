/**
 * Evaluation of models: benchmarks, metrics, confidence intervals, and reports.
 *
 * <pre>
 *   Benchmark -> BenchmarkSample -> BenchmarkTurn -> Task -> ModelUnderTest -> Image
 *   BenchmarkTurn.score: Image -> metrics
 *   ScoreLog -> Summary (BootstrapEstimate, Target) -> TextReport, HtmlReport, JSON
 * </pre>
 *
 * <p>{@link dev.mige4j.eval.Evaluation} runs this for any {@link dev.mige4j.eval.Benchmark}. nano-MIGEBench is
 * implemented by the classes {@code Nano*}, {@code MetricCalculator}, {@code PixelMetrics} and
 * {@code IdentityRetrieval}. {@link dev.mige4j.eval.InferenceBenchmark} measures speed.
 */
package dev.mige4j.eval;
