package dev.mige4j.eval.benchmark;

/** A suite of a {@link PublishedBenchmark}. */
record PublishedSuite(String label, String title, boolean isGeneration) implements BenchmarkSuite {}
