package dev.mige4j.eval.benchmark;

/** One sample of a benchmark: a single request, or a sequence of edits where each turn starts from the last output. */
public interface BenchmarkSample {

    /** Unique within the benchmark and stable, such as {@code edit-017}; seeds and file names are derived from it. */
    String id();

    /** The suite that the sample belongs to. */
    BenchmarkSuite suite();

    /** The number of turns, 1 or more. */
    int turnCount();

    /**
     * Renders the images of a turn.
     *
     * @param index the turn, from 0
     */
    BenchmarkTurn turn(int index);
}
