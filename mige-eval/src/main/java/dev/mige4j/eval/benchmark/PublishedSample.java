package dev.mige4j.eval.benchmark;

import java.util.List;

/** A sample of a {@link PublishedBenchmark}. */
record PublishedSample(String id, String item, PublishedSuite suite, long seed, List<PublishedTurn> turns)
        implements BenchmarkSample {

    PublishedSample {
        turns = List.copyOf(turns);
    }

    /** A sample of one turn, made of its own item; the seed follows from the id. */
    static PublishedSample single(String id, PublishedSuite suite, PublishedTurn turn) {
        return new PublishedSample(id, id, suite, BenchmarkSample.seedOf(id), List.of(turn));
    }

    @Override
    public int turnCount() {
        return turns.size();
    }

    @Override
    public PublishedTurn turn(int index) {
        return turns.get(index);
    }

    @Override
    public String outputName(int turn) {
        return turns.get(turn).outputName();
    }
}
