package dev.mige4j.eval.benchmark;

import dev.mige4j.dataset.layout.ImageSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Some samples of a benchmark, for a first look or when not all suites are wanted. Outputs are the same as in the whole
 * benchmark, so they are reused when it is evaluated later.
 *
 * @param benchmark the whole
 * @param filter the samples that belong to it
 * @param itemsPerSuite of these, the first items of each suite; empty: all
 * @param description what was selected, for the head of the reports
 */
public record BenchmarkSelection(
        Benchmark benchmark, Predicate<BenchmarkSample> filter, OptionalInt itemsPerSuite, String description)
        implements Benchmark {

    /** The samples that a condition holds for. */
    public static Benchmark of(Benchmark benchmark, Predicate<BenchmarkSample> filter, String description) {
        return new BenchmarkSelection(benchmark, filter, OptionalInt.empty(), description);
    }

    /** The first items of each suite, with all samples that are made of them. */
    public static Benchmark firstItems(Benchmark benchmark, int itemsPerSuite) {
        return new BenchmarkSelection(
                benchmark,
                sample -> true,
                OptionalInt.of(itemsPerSuite),
                "the first " + itemsPerSuite + " items of each suite");
    }

    @Override
    public String name() {
        return benchmark.name();
    }

    @Override
    public List<? extends BenchmarkSuite> suites() {
        return benchmark.suites();
    }

    @Override
    public List<? extends BenchmarkSample> samples() {
        Map<String, Set<String>> itemsBySuite = new HashMap<>();
        List<BenchmarkSample> selected = new ArrayList<>();
        for (BenchmarkSample sample : benchmark.samples()) {
            if (!filter.test(sample)) continue;
            Set<String> items = itemsBySuite.computeIfAbsent(sample.suite().label(), suite -> new HashSet<>());
            if (items.contains(sample.item()) || items.size() < itemsPerSuite.orElse(Integer.MAX_VALUE)) {
                items.add(sample.item());
                selected.add(sample);
            }
        }
        return selected;
    }

    @Override
    public List<ModelUnderTest> baselines() {
        return benchmark.baselines();
    }

    @Override
    public Map<String, Map<String, ImageSource>> publishedOutputs() {
        return benchmark.publishedOutputs();
    }

    @Override
    public List<Target> targets() {
        return benchmark.targets();
    }

    @Override
    public List<ScoreSubset> subsets() {
        return benchmark.subsets();
    }

    @Override
    public boolean warmsUp() {
        return benchmark.warmsUp();
    }

    @Override
    public String inputSettings() {
        return benchmark.inputSettings();
    }

    @Override
    public String scoringSettings() {
        return benchmark.scoringSettings();
    }

    @Override
    public Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>(benchmark.metadata());
        metadata.merge("selection", description, (before, added) -> before + "; " + added);
        return metadata;
    }

    @Override
    public void checkImages(Path folder) {
        benchmark.checkImages(folder);
    }

    @Override
    public List<PublishedValue> publishedValues() {
        return benchmark.publishedValues();
    }

    @Override
    public List<ProtocolNote> protocolNotes() {
        return benchmark.protocolNotes();
    }
}
