package dev.mige4j.corpus.benchmark;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.ExampleComposer;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * nano-MIGEBench: the fixed examples that models are compared on, stored as specifications in the resources
 * {@code nano-migebench.jsonl.gz} ({@link CorpusRules#VARIED}, the hard set) and {@code nano-migebench-strict.jsonl.gz}
 * ({@link CorpusRules#STRICT}). A {@code Corpus} renders them.
 *
 * <p>Suites: subject-1, subject-multi, edit (25 examples of each of eight kinds), subject-add and subject-replace with
 * 200 examples each, and multi-turn with 50 chains of 2 to 4 edits. Half of each suite is of {@link Split#SEEN}, the
 * other half of the held-out splits in turn: U1 to U3, in the strict set U1 to U4. Only the hard set has examples with
 * three subjects.
 */
public final class NanoMigeBench {

    /** Names of the suites, in the order of the result tables. */
    public static final List<String> SUITES =
            List.of("subject-1", "subject-multi", "edit", "subject-add", "subject-replace", "multi-turn");

    private static final long SEED = 250221291;
    private static final List<Split> HELD_OUT_SPLITS =
            List.of(Split.UNSEEN_SUBJECT, Split.UNSEEN_STYLE, Split.UNSEEN_PAIR, Split.UNSEEN_WORDING);
    private static final List<TaskKind> EDIT_KINDS = List.of(
            TaskKind.ADD,
            TaskKind.REMOVE,
            TaskKind.REPLACE,
            TaskKind.COLOUR,
            TaskKind.TEXTURE,
            TaskKind.BACKGROUND,
            TaskKind.WEATHER,
            TaskKind.STYLE);

    /**
     * One example of the benchmark.
     *
     * @param suite one of {@link #SUITES}
     * @param index index within the suite; of multi-turn, the index of the chain
     * @param turn index within the chain; 0 in other suites. A model edits its own result of the previous turn
     * @param spec the example
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record BenchmarkEntry(
            @JsonProperty("part") String suite,
            @JsonProperty("idx") int index,
            int turn,
            @JsonProperty("item") ExampleSpec spec) {

        /** Whether the example has content that is held out of training. */
        public boolean heldOut() {
            return spec.split() != Split.SEEN;
        }
    }

    private final ExampleComposer composer;
    private final CorpusRules rules;

    private NanoMigeBench(ExampleComposer composer, CorpusRules rules) {
        this.composer = composer;
        this.rules = rules;
    }

    /** The entries of the hard set. */
    public static List<BenchmarkEntry> entries() {
        return entries(CorpusRules.VARIED);
    }

    /**
     * All entries under these rules, suite by suite, the turns of a chain in order. Seen and held-out examples
     * alternate, so the first N of a suite are a balanced sample.
     */
    public static List<BenchmarkEntry> entries(CorpusRules rules) {
        String resource =
                switch (rules) {
                    case VARIED -> "nano-migebench.jsonl.gz";
                    case STRICT -> "nano-migebench-strict.jsonl.gz";
                };
        try (InputStream in = NanoMigeBench.class.getResourceAsStream(resource);
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
            List<BenchmarkEntry> entries = new ArrayList<>();
            for (String line; (line = lines.readLine()) != null; )
                entries.add(Json.MAPPER.readValue(line, BenchmarkEntry.class));
            return entries;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The entries of one suite under these rules.
     *
     * @throws UsageException when there is no such suite
     */
    public static List<BenchmarkEntry> entries(CorpusRules rules, String suite) {
        if (!SUITES.contains(suite))
            throw new UsageException("nano-MIGEBench has no suite '%s'; its suites are %s", suite, SUITES);
        return entries(rules).stream().filter(e -> e.suite().equals(suite)).toList();
    }

    /** Composes the entries as they were composed for the resource, which used all icon packages. */
    static List<BenchmarkEntry> compose(SpriteStore sprites, CorpusRules rules) {
        return new NanoMigeBench(new ExampleComposer(sprites, TaskMix.allTasks(rules)), rules).compose();
    }

    private List<BenchmarkEntry> compose() {
        List<BenchmarkEntry> entries = new ArrayList<>();
        for (int i = 0; i < 200; i++) entries.add(composeEntry("subject-1", i, TaskKind.SUBJECT_1));
        for (int i = 0; i < 200; i++)
            entries.add(composeEntry(
                    "subject-multi",
                    i,
                    i / 2 % 4 < 3 || rules == CorpusRules.STRICT ? TaskKind.SUBJECT_2 : TaskKind.SUBJECT_3));
        for (int i = 0; i < 200; i++) entries.add(composeEditEntry(i));
        for (int i = 0; i < 200; i++) entries.add(composeEntry("subject-add", i, TaskKind.SUBJECT_ADD));
        for (int i = 0; i < 200; i++) entries.add(composeEntry("subject-replace", i, TaskKind.SUBJECT_REPLACE));
        for (int i = 0; i < 50; i++) entries.addAll(composeChain(i));
        return entries;
    }

    private BenchmarkEntry composeEntry(String suite, int i, TaskKind kind) {
        return new BenchmarkEntry(suite, i, 0, composer.compose(splitOf(i), SEED + SUITES.indexOf(suite), i, kind));
    }

    private BenchmarkEntry composeEditEntry(int i) {
        TaskKind kind = EDIT_KINDS.get(i % 8);
        if (kind == TaskKind.WEATHER && i / 16 % 2 == 0) kind = TaskKind.TIME;
        Split split = (i + i / 8) % 2 == 0 ? Split.SEEN : heldOutSplit(i / 16);
        return new BenchmarkEntry("edit", i, 0, composer.compose(split, SEED + 2, i, kind));
    }

    private List<BenchmarkEntry> composeChain(int i) {
        Split split = splitOf(i);
        int turns = 2 + i / 2 % 3;
        TaskKind firstKind = i % 3 == 0 ? TaskKind.ADD : i % 3 == 1 ? TaskKind.SUBJECT_ADD : TaskKind.REPLACE;
        List<BenchmarkEntry> chain = new ArrayList<>();
        ExampleSpec spec = composer.compose(split, SEED + 6, i, firstKind);
        chain.add(new BenchmarkEntry("multi-turn", i, 0, spec));
        for (int t = 1; t < turns; t++) {
            spec = composer.composeFollowUp(split, SEED + 7, i * 10L + t, spec.target(), t == turns - 1);
            chain.add(new BenchmarkEntry("multi-turn", i, t, spec));
        }
        return chain;
    }

    private Split splitOf(int i) {
        return i % 2 == 0 ? Split.SEEN : heldOutSplit(i / 2);
    }

    private Split heldOutSplit(int i) {
        return HELD_OUT_SPLITS.get(i % (rules == CorpusRules.STRICT ? 4 : 3));
    }
}
