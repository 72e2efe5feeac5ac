package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.benchmark.Comparison;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The records of a golden {@code e2e}, twice: as items of MIGEBench, which have a target caption, and as items of Emu
 * Edit, whose captions before and after may be equal. The outputs are given.
 */
record EndToEndBenchmark(List<Item> samples) implements Benchmark {

    /** The suites. */
    enum Suite implements BenchmarkSuite {
        TARGET,
        EMU;

        String itemId(String idx) {
            return name() + "-" + idx;
        }

        @Override
        public String label() {
            return name();
        }

        @Override
        public String title() {
            return name();
        }

        @Override
        public boolean isGeneration() {
            return false;
        }
    }

    EndToEndBenchmark {
        samples = List.copyOf(samples);
    }

    /**
     * @param records list of {@code idx} and captions
     * @param folder the images that the outputs are compared with
     */
    static EndToEndBenchmark of(JsonNode records, Path folder) {
        List<Item> items = new ArrayList<>();
        for (Suite suite : Suite.values())
            for (JsonNode r : records) {
                String idx = r.path("idx").asText();
                ImageSource expected = new FileImage(folder, idx);
                String before = caption(r, "input"), after = caption(r, "output");
                List<Comparison> comparisons = suite == Suite.TARGET
                        ? List.of(
                                Comparison.image(Metric.CLIP_I, expected),
                                Comparison.image(Metric.DINO, expected),
                                Comparison.image(Metric.L1, expected),
                                Comparison.image(Metric.L2, expected),
                                Comparison.caption(Metric.CLIP_T, caption(r, "target")))
                        : List.of(
                                before.equals(after)
                                        ? Comparison.notApplicable(Metric.CLIP_T, "equal captions")
                                        : Comparison.caption(Metric.CLIP_T, after),
                                Comparison.direction(expected, before, after));
                items.add(new Item(suite, idx, comparisons));
            }
        return new EndToEndBenchmark(items);
    }

    /** The text {@code KIND_caption} of a record. */
    static String caption(JsonNode entry, String kind) {
        JsonNode caption = entry.path(kind + "_caption");
        if (!caption.isTextual()) throw new WeightsException("The record %s has no '%s_caption'.", entry, kind);
        return caption.textValue();
    }

    /** The image of a record: a file with its idx and any extension. */
    record FileImage(Path folder, String idx) implements ImageSource {

        @Override
        public String name() {
            return folder.getFileName() + "/" + idx;
        }

        @Override
        public Image read() {
            return ImageFile.readAsPillow(path());
        }

        @Override
        public byte[] file() {
            try {
                return Files.readAllBytes(path());
            } catch (IOException e) {
                throw new UsageException("%s cannot be read: %s", name(), e.getMessage(), e);
            }
        }

        private Path path() {
            try (Stream<Path> files = Files.list(folder)) {
                return files.filter(file -> file.getFileName().toString().startsWith(idx + "."))
                        .findFirst()
                        .orElseThrow(() -> new UsageException("There is no file %s.*", folder.resolve(idx)));
            } catch (IOException e) {
                throw new UsageException("%s cannot be read: %s", folder, e.getMessage(), e);
            }
        }
    }

    /** A record in a suite. */
    record Item(Suite suite, String idx, List<Comparison> comparisons) implements BenchmarkSample, BenchmarkTurn {

        @Override
        public String id() {
            return suite.itemId(idx);
        }

        @Override
        public String outputName(int turn) {
            return idx;
        }

        @Override
        public int turnCount() {
            return 1;
        }

        @Override
        public BenchmarkTurn turn(int index) {
            return this;
        }

        @Override
        public String kind() {
            return suite.label();
        }

        @Override
        public String split() {
            return suite.label();
        }

        @Override
        public Task task(Optional<Image> previousOutput) {
            throw new UnsupportedOperationException("The outputs are given.");
        }

        @Override
        public Optional<Image> target() {
            return Optional.empty();
        }
    }

    @Override
    public String name() {
        return "end to end";
    }

    @Override
    public List<Suite> suites() {
        return List.of(Suite.values());
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

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }
}
