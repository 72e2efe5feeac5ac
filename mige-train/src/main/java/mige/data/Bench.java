package mige.data;

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

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * nano-MIGEBench: the fixed examples that models are compared on, kept as specifications and drawn on demand with
 * {@link Corpus#render}.
 *
 * <p>subject-1 200, subject-multi 200, edit 200 (25 of each of eight kinds), subject-add 200, subject-replace 200, and 50
 * chains of 2 to 4 edits. Half of each part is of {@link Split#SEEN}, half of the held-out splits U1 to U3 in turn.
 */
public final class Bench {

    /** subject-1, subject-multi, ... in the order of the tables. */
    public static final List<String> PARTS = List.of("subject-1", "subject-multi", "edit", "subject-add", "subject-replace", "multi-turn");

    private static final long SEED = 250221291;
    private static final List<Split> HELD = List.of(Split.UNSEEN_SUBJECT, Split.UNSEEN_STYLE, Split.UNSEEN_PAIR);
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * One example of the benchmark.
     *
     * @param part  one of {@link #PARTS}
     * @param idx   place within the part (of a chain: the chain's)
     * @param turn  step of a chain, from 0; 0 elsewhere. A model edits its own result of the step before
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Entry(String part, int idx, int turn, Item item) {
        /** Whether it tests on what training never saw. */
        public boolean heldOut() {
            return item.split() != Split.SEEN;
        }
    }

    private Bench() { }

    /** All entries, part after part, chains step after step; seen and held-out alternate, so the first N are a fair sample. */
    public static List<Entry> entries() {
        try (InputStream in = Bench.class.getResourceAsStream("nano-migebench.jsonl.gz");
             var lines = new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
            List<Entry> all = new ArrayList<>();
            for (String line; (line = lines.readLine()) != null; ) all.add(JSON.readValue(line, Entry.class));
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Entries of one part. */
    public static List<Entry> entries(String part) {
        if (!PARTS.contains(part)) throw new mige.tensor.UsageException("nano-MIGEBench has no part '%s'; its parts are %s", part, PARTS);
        return entries().stream().filter(e -> e.part().equals(part)).toList();
    }

    /** Composes the benchmark anew, as it was composed when it was committed. */
    static List<Entry> compose(Corpus corpus) {
        List<Entry> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) all.add(entry(corpus, "subject-1", i, Kind.SUBJECT_1));
        for (int i = 0; i < 200; i++) all.add(entry(corpus, "subject-multi", i, i / 2 % 4 < 3 ? Kind.SUBJECT_2 : Kind.SUBJECT_3));
        Kind[] kinds = {Kind.ADD, Kind.REMOVE, Kind.REPLACE, Kind.COLOUR, Kind.TEXTURE, Kind.BACKGROUND, Kind.WEATHER, Kind.STYLE};
        for (int i = 0; i < 200; i++) {
            Kind kind = kinds[i % 8];
            Split split = (i + i / 8) % 2 == 0 ? Split.SEEN : HELD.get(i / 16 % 3);
            all.add(new Entry("edit", i, 0, corpus.item(split, SEED + 2, i, kind == Kind.WEATHER && i / 16 % 2 == 0 ? Kind.TIME : kind)));
        }
        for (int i = 0; i < 200; i++) all.add(entry(corpus, "subject-add", i, Kind.SUBJECT_ADD));
        for (int i = 0; i < 200; i++) all.add(entry(corpus, "subject-replace", i, Kind.SUBJECT_REPLACE));
        for (int i = 0; i < 50; i++) {
            Split split = split(i);
            int turns = 2 + i / 2 % 3;
            Item step = corpus.item(split, SEED + 6, i, i % 3 == 0 ? Kind.ADD : i % 3 == 1 ? Kind.SUBJECT_ADD : Kind.REPLACE);
            all.add(new Entry("multi-turn", i, 0, step));
            for (int t = 1; t < turns; t++) {
                step = corpus.follow(split, SEED + 7, i * 10L + t, step.target(), t == turns - 1);
                all.add(new Entry("multi-turn", i, t, step));
            }
        }
        return all;
    }

    private static Entry entry(Corpus corpus, String part, int i, Kind kind) {
        return new Entry(part, i, 0, corpus.item(split(i), SEED + PARTS.indexOf(part), i, kind));
    }

    private static Split split(int i) {
        return i % 2 == 0 ? Split.SEEN : HELD.get(i / 2 % 3);
    }

    /** The benchmark as it is committed: a line of JSON an entry, gzip. */
    static byte[] pack(List<Entry> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            for (Entry e : entries) out.write((JSON.writeValueAsString(e) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
