package dev.mige4j.eval.benchmark;

import dev.mige4j.common.Sha256;
import dev.mige4j.dataset.layout.ImageSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A benchmark that others have published: everything about it is data.
 *
 * @param data identifies its records, see {@link #hash}
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
        Consumer<Path> imageCheck,
        Map<String, Map<String, ImageSource>> publishedOutputs)
        implements Benchmark {

    /** Of data without outputs of models. */
    PublishedBenchmark(
            String name,
            String data,
            List<PublishedSuite> suites,
            List<ScoreSubset> subsets,
            List<PublishedSample> samples,
            List<ModelUnderTest> baselines,
            Map<String, String> metadata,
            List<PublishedValue> publishedValues,
            List<ProtocolNote> protocolNotes,
            Consumer<Path> imageCheck) {
        this(
                name,
                data,
                suites,
                subsets,
                samples,
                baselines,
                metadata,
                publishedValues,
                protocolNotes,
                imageCheck,
                Map.of());
    }

    /** The first 16 digits of the SHA-256 of the text of records: all their texts, and the names of their images. */
    static String hash(List<?> records) {
        MessageDigest digest = Sha256.newDigest();
        for (Object record : records) digest.update(record.toString().getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    }

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
