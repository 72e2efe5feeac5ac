package dev.mige4j.corpus.benchmark;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.corpus.composer.ExampleComposer;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * nano-MIGEBench: the fixed examples that models are compared on, kept as specifications and drawn on demand with
 * {@link dev.mige4j.corpus.Corpus#render}.
 *
 * <p>subject-1 200, subject-multi 200, edit 200 (25 of each of eight kinds), subject-add 200, subject-replace 200, and
 * 50 chains of 2 to 4 edits. Half of each part is of {@link dev.mige4j.corpus.specification.Split#SEEN}, half of the
 * held-out splits U1 to U3 in turn.
 */
public final class NanoMigeBench {

    /** subject-1, subject-multi, ... in the order of the tables. */
    public static final List<String> SUITES =
            List.of("subject-1", "subject-multi", "edit", "subject-add", "subject-replace", "multi-turn");

    private static final long SEED = 250221291;
    private static final List<Split> HELD_OUT_SPLITS =
            List.of(Split.UNSEEN_SUBJECT, Split.UNSEEN_STYLE, Split.UNSEEN_PAIR);
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * One example of the benchmark.
     *
     * @param suite one of {@link #SUITES}
     * @param index place within the part (of a chain: the chain's)
     * @param turn step of a chain, from 0; 0 elsewhere. A model edits its own result of the step before
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record BenchmarkEntry(
            @JsonProperty("part") String suite,
            @JsonProperty("idx") int index,
            int turn,
            @JsonProperty("item") ExampleSpec spec) {
        /** Whether it tests on what training never saw. */
        public boolean heldOut() {
            return spec.split() != Split.SEEN;
        }
    }

    private NanoMigeBench() {}

    /**
     * All entries, part after part, chains step after step; seen and held-out alternate, so the first N are a fair
     * sample.
     */
    public static List<BenchmarkEntry> entries() {
        try (InputStream in = NanoMigeBench.class.getResourceAsStream("nano-migebench.jsonl.gz");
                var lines =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
            List<BenchmarkEntry> entries = new ArrayList<>();
            for (String line; (line = lines.readLine()) != null; )
                entries.add(JSON.readValue(line, BenchmarkEntry.class));
            return entries;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Entries of one part. */
    public static List<BenchmarkEntry> entries(String suite) {
        if (!SUITES.contains(suite))
            throw new dev.mige4j.common.UsageException(
                    "nano-MIGEBench has no part '%s'; its parts are %s", suite, SUITES);
        return entries().stream().filter(e -> e.suite().equals(suite)).toList();
    }

    /** Composes the benchmark anew, as it was composed when it was committed. */
    static List<BenchmarkEntry> compose(ExampleComposer composer) {
        List<BenchmarkEntry> entries = new ArrayList<>();
        for (int i = 0; i < 200; i++) entries.add(composeEntry(composer, "subject-1", i, TaskKind.SUBJECT_1));
        for (int i = 0; i < 200; i++)
            entries.add(composeEntry(
                    composer, "subject-multi", i, i / 2 % 4 < 3 ? TaskKind.SUBJECT_2 : TaskKind.SUBJECT_3));
        TaskKind[] kinds = {
            TaskKind.ADD,
            TaskKind.REMOVE,
            TaskKind.REPLACE,
            TaskKind.COLOUR,
            TaskKind.TEXTURE,
            TaskKind.BACKGROUND,
            TaskKind.WEATHER,
            TaskKind.STYLE
        };
        for (int i = 0; i < 200; i++) {
            TaskKind kind = kinds[i % 8];
            Split split = (i + i / 8) % 2 == 0 ? Split.SEEN : HELD_OUT_SPLITS.get(i / 16 % 3);
            entries.add(new BenchmarkEntry(
                    "edit",
                    i,
                    0,
                    composer.compose(
                            split, SEED + 2, i, kind == TaskKind.WEATHER && i / 16 % 2 == 0 ? TaskKind.TIME : kind)));
        }
        for (int i = 0; i < 200; i++) entries.add(composeEntry(composer, "subject-add", i, TaskKind.SUBJECT_ADD));
        for (int i = 0; i < 200; i++)
            entries.add(composeEntry(composer, "subject-replace", i, TaskKind.SUBJECT_REPLACE));
        for (int i = 0; i < 50; i++) {
            Split split = splitOf(i);
            int turns = 2 + i / 2 % 3;
            ExampleSpec spec = composer.compose(
                    split,
                    SEED + 6,
                    i,
                    i % 3 == 0 ? TaskKind.ADD : i % 3 == 1 ? TaskKind.SUBJECT_ADD : TaskKind.REPLACE);
            entries.add(new BenchmarkEntry("multi-turn", i, 0, spec));
            for (int t = 1; t < turns; t++) {
                spec = composer.composeFollowUp(split, SEED + 7, i * 10L + t, spec.target(), t == turns - 1);
                entries.add(new BenchmarkEntry("multi-turn", i, t, spec));
            }
        }
        return entries;
    }

    private static BenchmarkEntry composeEntry(ExampleComposer composer, String suite, int i, TaskKind kind) {
        return new BenchmarkEntry(suite, i, 0, composer.compose(splitOf(i), SEED + SUITES.indexOf(suite), i, kind));
    }

    private static Split splitOf(int i) {
        return i % 2 == 0 ? Split.SEEN : HELD_OUT_SPLITS.get(i / 2 % 3);
    }

    /** The benchmark as it is committed: a line of JSON an entry, gzip. */
    static byte[] toGzippedJsonLines(List<BenchmarkEntry> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            for (BenchmarkEntry e : entries)
                out.write((JSON.writeValueAsString(e) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
