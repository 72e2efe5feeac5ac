package dev.mige4j.eval.benchmark;

/**
 * One sample of a benchmark: a single request, or a sequence of requests, each after the output of the one before.
 *
 * <p>A sample only describes itself; images are read by its {@link BenchmarkTurn}s.
 */
public interface BenchmarkSample {

    /** Unique within the benchmark and stable, such as {@code edit-017}. */
    String id();

    /** The suite that the sample belongs to. */
    BenchmarkSuite suite();

    /** The number of turns, 1 or more. */
    int turnCount();

    /**
     * A turn.
     *
     * @param index the turn, from 0
     */
    BenchmarkTurn turn(int index);

    /**
     * Names the item of the data, of which several samples may be made: all of them are evaluated in the same part of a
     * divided evaluation.
     */
    default String item() {
        return id();
    }

    /** The seed of its requests, to which that of the evaluation is added. */
    default long seed() {
        return seedOf(id());
    }

    /** A seed for a sample whose benchmark states none: the same for the same id. */
    static long seedOf(String id) {
        return id.hashCode() & 0xffffffffL;
    }

    /**
     * The file of an output, as the authors' programs name it but without the extension, such as {@code 30/30_inde_2}.
     * Two turns with one name have one output, which the first of them makes.
     *
     * @param turn from 0
     */
    default String outputName(int turn) {
        return id() + (turn == 0 ? "" : "-turn" + (turn + 1));
    }
}
