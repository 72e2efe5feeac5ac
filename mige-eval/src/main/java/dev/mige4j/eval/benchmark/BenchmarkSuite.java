package dev.mige4j.eval.benchmark;

/** A group of samples of one task, reported together. */
public interface BenchmarkSuite {

    /** The short name used in files and tables, such as {@code subject-1}. */
    String label();

    /** A description for headings. */
    String title();

    /** Whether images are generated from scratch, so that there is no source image. */
    boolean isGeneration();
}
