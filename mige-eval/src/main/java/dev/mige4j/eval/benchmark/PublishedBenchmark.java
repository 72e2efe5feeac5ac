package dev.mige4j.eval.benchmark;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A benchmark that others have published: everything about it is data.
 *
 * @param data identifies the content of its files
 * @param metadata facts for the head of the reports, by label
 * @param imageCheck {@link #checkImages}
 */
record PublishedBenchmark(
        String name,
        String data,
        List<PublishedSuite> suites,
        List<ScoreSubset> subsets,
        List<PublishedSample> samples,
        List<ModelUnderTest> baselines,
        Map<String, String> metadata,
        List<PublishedValue> publishedValues,
        List<ProtocolNote> protocolNotes,
        Consumer<Path> imageCheck)
        implements Benchmark {

    @Override
    public void checkImages(Path folder) {
        imageCheck.accept(folder);
    }

    @Override
    public String inputSettings() {
        return "data " + data;
    }

    @Override
    public String scoringSettings() {
        return "data " + data;
    }
}
