package dev.mige4j.eval.nano;

import dev.mige4j.corpus.benchmark.NanoMigeBench;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.specification.ExampleSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A sample of nano-MIGEBench as specifications, before it is rendered.
 *
 * @param id unique and stable, such as {@code edit-017}, or {@code strict-edit-017} in the strict set
 * @param turns one example; two or more in {@link NanoSuite#MULTI_TURN}, each with the target of the one before as its
 *     source
 */
public record NanoSample(String id, NanoSuite suite, List<ExampleSpec> turns) {

    /** Checks that the turns follow each other. */
    public NanoSample {
        turns = List.copyOf(turns);
        if (turns.isEmpty()) throw new IllegalArgumentException("Sample " + id + " has no turns.");
        for (int i = 1; i < turns.size(); i++)
            if (!turns.get(i - 1).target().equals(turns.get(i).source()))
                throw new IllegalArgumentException(
                        "The source of turn " + (i + 1) + " of sample " + id + " is not the target of turn " + i + ".");
    }

    /** All samples of a suite under these rules, in order. */
    public static List<NanoSample> load(CorpusRules rules, NanoSuite suite) {
        String prefix = rules == CorpusRules.VARIED ? "" : rules.name().toLowerCase(Locale.ROOT) + "-";
        Map<Integer, List<ExampleSpec>> turns = new LinkedHashMap<>();
        for (NanoMigeBench.BenchmarkEntry entry : NanoMigeBench.entries(rules, suite.label()))
            turns.computeIfAbsent(entry.index(), i -> new ArrayList<>()).add(entry.spec());
        return turns.entrySet().stream()
                .map(e -> new NanoSample(
                        String.format(Locale.ROOT, "%s%s-%03d", prefix, suite.label(), e.getKey()),
                        suite,
                        e.getValue()))
                .toList();
    }
}
