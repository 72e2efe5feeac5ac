package dev.mige4j.corpus.benchmark;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.composer.ExampleComposer;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
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
 * nano-MIGEBench: the fixed examples that models are compared on, stored as specifications in the resource
 * {@code nano-migebench.jsonl.gz}. A {@code Corpus} renders them.
 *
 * <p>Suites: subject-1, subject-multi, edit (25 examples of each of eight kinds), subject-add and subject-replace with
 * 200 examples each, and multi-turn with 50 chains of 2 to 4 edits. Half of each suite is of {@link Split#SEEN}, the
 * other half of the held-out splits U1 to U3 in turn.
 */
public final class NanoMigeBench {

    /** Names of the suites, in the order of the result tables. */
    public static final List<String> SUITES =
            List.of("subject-1", "subject-multi", "edit", "subject-add", "subject-replace", "multi-turn");

    private static final long SEED = 250221291;
    private static final List<Split> HELD_OUT_SPLITS =
            List.of(Split.UNSEEN_SUBJECT, Split.UNSEEN_STYLE, Split.UNSEEN_PAIR);
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

    private NanoMigeBench() {}

    /**
     * All entries, suite by suite, the turns of a chain in order. Seen and held-out examples alternate, so the first N
     * of a suite are a balanced sample.
     */
    public static List<BenchmarkEntry> entries() {
        try (InputStream in = NanoMigeBench.class.getResourceAsStream("nano-migebench.jsonl.gz");
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
     * The entries of one suite.
     *
     * @throws UsageException when there is no such suite
     */
    public static List<BenchmarkEntry> entries(String suite) {
        if (!SUITES.contains(suite))
            throw new UsageException("nano-MIGEBench has no suite '%s'; its suites are %s", suite, SUITES);
        return entries().stream().filter(e -> e.suite().equals(suite)).toList();
    }

    /** Composes the entries as they were composed for the resource, which used all icon packages. */
    static List<BenchmarkEntry> compose(ExampleComposer composer) {
        List<BenchmarkEntry> entries = new ArrayList<>();
        for (int i = 0; i < 200; i++) entries.add(composeEntry(composer, "subject-1", i, TaskKind.SUBJECT_1));
        for (int i = 0; i < 200; i++)
            entries.add(composeEntry(
                    composer, "subject-multi", i, i / 2 % 4 < 3 ? TaskKind.SUBJECT_2 : TaskKind.SUBJECT_3));
        for (int i = 0; i < 200; i++) entries.add(composeEditEntry(composer, i));
        for (int i = 0; i < 200; i++) entries.add(composeEntry(composer, "subject-add", i, TaskKind.SUBJECT_ADD));
        for (int i = 0; i < 200; i++)
            entries.add(composeEntry(composer, "subject-replace", i, TaskKind.SUBJECT_REPLACE));
        for (int i = 0; i < 50; i++) entries.addAll(composeChain(composer, i));
        return entries;
    }

    private static BenchmarkEntry composeEntry(ExampleComposer composer, String suite, int i, TaskKind kind) {
        return new BenchmarkEntry(suite, i, 0, composer.compose(splitOf(i), SEED + SUITES.indexOf(suite), i, kind));
    }

    private static BenchmarkEntry composeEditEntry(ExampleComposer composer, int i) {
        TaskKind kind = EDIT_KINDS.get(i % 8);
        if (kind == TaskKind.WEATHER && i / 16 % 2 == 0) kind = TaskKind.TIME;
        Split split = (i + i / 8) % 2 == 0 ? Split.SEEN : HELD_OUT_SPLITS.get(i / 16 % 3);
        return new BenchmarkEntry("edit", i, 0, composer.compose(split, SEED + 2, i, kind));
    }

    private static List<BenchmarkEntry> composeChain(ExampleComposer composer, int i) {
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

    private static Split splitOf(int i) {
        return i % 2 == 0 ? Split.SEEN : HELD_OUT_SPLITS.get(i / 2 % 3);
    }
}
