/**
 * Runs evaluations.
 *
 * <pre>
 *   Benchmark -> BenchmarkSample -> BenchmarkTurn -> Task -> ModelUnderTest -> file    GeneratedRow
 *   files of other programs                                                            ImageFolderRow
 *   file, Comparison -> what needs no embedding                                        ComparisonReader
 *                    -> metrics                                                        ComparisonScorer
 *   ScoreLog -> Summary -> text, JSON, HTML                                            EvaluationReports
 *   folders of parts -> the same for the whole                                         EvaluationJoin
 * </pre>
 *
 * <p>{@link dev.mige4j.eval.Evaluation} does this for any {@link dev.mige4j.eval.benchmark.Benchmark}.
 * {@link dev.mige4j.eval.InferenceBenchmark} measures speed.
 */
package dev.mige4j.eval;
