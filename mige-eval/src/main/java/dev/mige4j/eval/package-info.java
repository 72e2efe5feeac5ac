/**
 * Evaluation of models: benchmarks, metrics, confidence intervals, and reports.
 *
 * <pre>
 *   Benchmark -> BenchmarkSample -> BenchmarkTurn -> Task -> ModelUnderTest -> Image      (NanoBenchmark: nano-MIGEBench)
 *   BenchmarkTurn.score: Image -> metrics                                (MetricCalculator, PixelMetrics, IdentityRetrieval)
 *   ScoreLog -> Summary (BootstrapEstimate, Target) -> TextReport, HtmlReport, JSON
 *   Evaluation runs all of it; InferenceBenchmark measures speed
 * </pre>
 */
package dev.mige4j.eval;
