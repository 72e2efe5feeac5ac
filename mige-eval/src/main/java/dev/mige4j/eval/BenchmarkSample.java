package dev.mige4j.eval;

import dev.mige4j.corpus.benchmark.NanoMigeBench;
import dev.mige4j.corpus.specification.ExampleSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One question of nano-MIGEBench: an item, or a chain of items of which each starts from the answer to the one before.
 *
 * @param id stable and unique, such as {@code edit-017}
 * @param turns one item, more in {@link BenchmarkSuite#MULTI_TURN}
 */
public record BenchmarkSample(String id, BenchmarkSuite suite, List<ExampleSpec> turns) {

    public BenchmarkSample {
        turns = List.copyOf(turns);
        if (turns.isEmpty()) throw new IllegalArgumentException("question " + id + " has no turn");
        for (int i = 1; i < turns.size(); i++)
            if (!turns.get(i - 1).target().equals(turns.get(i).source()))
                throw new IllegalArgumentException(
                        "turn " + (i + 1) + " of question " + id + " does not start where turn " + i + " ends");
    }

    /** The first {@code most} questions of a suite of nano-MIGEBench, in its order; fewer where it holds fewer. */
    public static List<BenchmarkSample> load(BenchmarkSuite suite, int maxSamples) {
        Map<Integer, List<ExampleSpec>> turns = new LinkedHashMap<>();
        for (NanoMigeBench.BenchmarkEntry entry : NanoMigeBench.entries(suite.label()))
            turns.computeIfAbsent(entry.index(), i -> new ArrayList<>()).add(entry.spec());
        return turns.entrySet().stream()
                .limit(maxSamples)
                .map(e -> new BenchmarkSample("%s-%03d".formatted(suite.label(), e.getKey()), suite, e.getValue()))
                .toList();
    }
}
