package dev.mige4j.eval;

import dev.mige4j.common.Part;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.image.ImageEncoding;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an {@link Evaluation} compares, and where its files go.
 *
 * @param models the models, in the order of the tables; may be empty if there are {@code images} or outputs in the data
 * @param images folders of images that other programs made, by name of their row
 * @param metricModels the models that metrics need
 * @param seed added to the seed of each sample
 * @param encoding the format of the outputs; the files are measured, so JPEG changes the metrics
 * @param part the part of the benchmark that is evaluated
 * @param outputFolder where scores, outputs and reports are written; created when it is missing
 * @param reportSamplesPerSuite samples of each suite whose images the HTML report shows
 */
public record EvaluationPlan(
        List<ModelUnderTest> models,
        Map<String, Path> images,
        MetricModels metricModels,
        long seed,
        ImageEncoding encoding,
        Part part,
        Path outputFolder,
        int reportSamplesPerSuite) {

    public EvaluationPlan {
        models = List.copyOf(models);
        images = Collections.unmodifiableMap(new LinkedHashMap<>(images));
        if (reportSamplesPerSuite < 0)
            throw new UsageException("reportSamplesPerSuite is %d, expected 0 or more", reportSamplesPerSuite);
    }

    /** {@code PNG}, {@code JPEG 75}. */
    String encodingName() {
        return encoding.equals(ImageEncoding.PNG) ? "PNG" : encoding.format() + " " + encoding.quality();
    }

    /** Models alone, on the whole benchmark, with PNG files, and without models for metrics. */
    public EvaluationPlan(List<ModelUnderTest> models, long seed, Path outputFolder, int reportSamplesPerSuite) {
        this(
                models,
                Map.of(),
                MetricModels.NONE,
                seed,
                ImageEncoding.PNG,
                Part.ALL,
                outputFolder,
                reportSamplesPerSuite);
    }
}
