package dev.mige4j.eval.benchmark;

import dev.mige4j.dataset.layout.ImageSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A set of samples with the rules for scoring a model's outputs on them.
 *
 * <p>{@code dev.mige4j.eval.Evaluation} runs any benchmark: it generates, resumes, computes confidence intervals and
 * writes the reports. An implementation supplies the samples and their scores, as nano-MIGEBench does.
 */
public interface Benchmark {

    /** The name, used as the title of the reports. */
    String name();

    /** The suites, in the order of the reports. */
    List<? extends BenchmarkSuite> suites();

    /** The samples to evaluate, in order; each belongs to one of the {@link #suites}. */
    List<? extends BenchmarkSample> samples();

    /** Reference rows that are scored beside the models. */
    List<ModelUnderTest> baselines();

    /** The values that a model should reach. */
    default List<Target> targets() {
        return List.of();
    }

    /** Outputs that the data have themselves: of each model by name, the images by {@link BenchmarkSample#id}. */
    default Map<String, Map<String, ImageSource>> publishedOutputs() {
        return Map.of();
    }

    /** Parts of the suites that are reported by themselves. */
    default List<ScoreSubset> subsets() {
        return List.of();
    }

    /** Whether each model makes an output that is not timed before the first one that is. */
    default boolean warmsUp() {
        return false;
    }

    /**
     * What the inputs depend on besides the id of the sample, such as a hash of the data or the image size. Outputs
     * generated under other input settings are not reused.
     */
    String inputSettings();

    /** Settings that the scores depend on besides the output and the embedding models. Other scores are not reused. */
    String scoringSettings();

    /** Facts for the head of the reports, by label. */
    Map<String, String> metadata();

    /**
     * Checks that a folder of images which another program made is one of this benchmark. Images that it lacks are no
     * error: the evaluation reports each.
     *
     * @throws dev.mige4j.common.UsageException when it has images of something else
     */
    default void checkImages(Path folder) {}

    /** The numbers of the paper that are known; the reports say of all others that none is known. */
    default List<PublishedValue> publishedValues() {
        return List.of();
    }

    /** How the benchmark is run and scored here, and what its authors left open; footnotes of the reports. */
    default List<ProtocolNote> protocolNotes() {
        return List.of();
    }
}
