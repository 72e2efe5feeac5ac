package dev.mige4j.eval;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.Part;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.benchmark.ProtocolNote;
import dev.mige4j.eval.benchmark.PublishedValue;
import dev.mige4j.eval.benchmark.ScoreSubset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * {@code evaluation.json} in an output folder: what was evaluated. Parts are joined by it, without the data.
 *
 * @param description what the reports say about the benchmark
 * @param samples the ids of all its samples, in order
 * @param inputs hash of the data, and what else the inputs depend on
 * @param seed seed of the evaluation
 * @param rows models, images of other programs, and baselines
 * @param part the part that is in this folder
 * @param selected the ids of the samples of the part, in order
 * @param completed whether all of them are scored
 * @param reportSamplesPerSuite samples of each suite that the HTML report shows
 */
record EvaluationManifest(
        Description description,
        List<String> samples,
        String inputs,
        long seed,
        List<Row> rows,
        Part part,
        List<String> selected,
        boolean completed,
        int reportSamplesPerSuite) {

    private static final String FILE = "evaluation.json";

    EvaluationManifest {
        requireFields(Stream.of(description, samples, inputs, rows, part, selected));
        requireFields(Stream.of(samples, rows, selected).flatMap(List::stream));
        if (new HashSet<>(selected).size() < selected.size() || new HashSet<>(samples).size() < samples.size())
            throw new UsageException("a sample is named twice; expected the file as mige eval wrote it.");
        if (rows.stream().map(Row::name).distinct().count() < rows.size())
            throw new UsageException("a row is named twice; expected the file as mige eval wrote it.");
        samples = List.copyOf(samples);
        rows = List.copyOf(rows);
        selected = List.copyOf(selected);
    }

    /**
     * A row of the tables.
     *
     * @param provenance what its scores depend on
     * @param judge what the judge's scores of it depend on; null if it is not judged
     * @param baseline whether it is no model and no images of another program
     */
    record Row(
            String name,
            String provenance,
            @JsonInclude(JsonInclude.Include.NON_NULL) String judge,
            boolean baseline) {
        Row {
            requireFields(Stream.of(name, provenance));
        }
    }

    /** A suite by its texts. */
    record Suite(String label, String title, boolean isGeneration) implements BenchmarkSuite {
        Suite {
            requireFields(Stream.of(label, title));
        }
    }

    private static void requireFields(Stream<?> fields) {
        if (fields.anyMatch(Objects::isNull))
            throw new UsageException("a field is missing; expected the file as mige eval wrote it.");
    }

    /** A benchmark without its samples. */
    record Description(
            String name,
            List<Suite> suites,
            List<ScoreSubset> subsets,
            List<PublishedValue> publishedValues,
            List<ProtocolNote> protocolNotes,
            Map<String, String> metadata)
            implements Benchmark {

        Description {
            requireFields(Stream.of(name, suites, subsets, publishedValues, protocolNotes, metadata));
            requireFields(Stream.of(suites, subsets, publishedValues, protocolNotes, metadata.values())
                    .flatMap(Collection::stream));
        }

        static Description of(Benchmark benchmark, Map<String, String> metadata) {
            return new Description(
                    benchmark.name(),
                    benchmark.suites().stream()
                            .map(suite -> new Suite(suite.label(), suite.title(), suite.isGeneration()))
                            .toList(),
                    benchmark.subsets(),
                    benchmark.publishedValues(),
                    benchmark.protocolNotes(),
                    metadata);
        }

        @Override
        public List<BenchmarkSample> samples() {
            return List.of();
        }

        @Override
        public List<ModelUnderTest> baselines() {
            return List.of();
        }

        @Override
        public String inputSettings() {
            return "";
        }

        @Override
        public String scoringSettings() {
            return "";
        }
    }

    /**
     * Reads the manifest of an output folder.
     *
     * @throws UsageException when the folder has none, or it is not as it was written
     */
    static EvaluationManifest read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file))
            throw new UsageException("%s has no %s; expected an output folder of mige eval.", folder, FILE);
        return ConfigFile.read(file, EvaluationManifest.class);
    }

    /**
     * Checks that an output folder is free, or has an earlier run of this evaluation, perhaps with other models.
     *
     * @throws UsageException when it has another benchmark or another part
     */
    void requireSame(Path folder) {
        if (!Files.exists(folder.resolve(FILE))) return;
        EvaluationManifest existing = read(folder);
        if (!existing.description.name.equals(description.name) || !existing.part.equals(part))
            throw new UsageException(
                    "%s has the evaluation of %s; choose another output folder for %s.",
                    folder, existing.subject(), subject());
    }

    /**
     * Checks that an output folder has no evaluation, whose scores would be lost.
     *
     * @throws UsageException when it has one
     */
    static void requireNone(Path folder) {
        if (Files.exists(folder.resolve(FILE)))
            throw new UsageException(
                    "%s has an evaluation with scores of its own; choose another output folder.", folder);
    }

    private String subject() {
        return (part.equals(Part.ALL) ? "" : "part " + part + " of ") + description.name;
    }

    EvaluationManifest asCompleted() {
        return new EvaluationManifest(
                description, samples, inputs, seed, rows, part, selected, true, reportSamplesPerSuite);
    }

    /** As a file in an output folder. */
    void write(Path folder) {
        AtomicFile.write(folder.resolve(FILE), Json.writePretty(this));
    }

    List<String> rowNames() {
        return rows.stream().map(Row::name).toList();
    }

    /** The number of rows that are no baselines; they come first. */
    int modelCount() {
        return (int) rows.stream().filter(row -> !row.baseline).count();
    }
}
