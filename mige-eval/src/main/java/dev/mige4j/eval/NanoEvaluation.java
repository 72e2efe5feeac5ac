package dev.mige4j.eval;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.eval.benchmark.Baseline;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.nano.NanoBenchmark;
import dev.mige4j.eval.nano.NanoSample;
import dev.mige4j.eval.nano.NanoSuite;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Evaluates models on nano-MIGEBench.
 *
 * <p>Several models share one table. The VAE of the first one is the oracle's, and its image size is that of all
 * samples. {@link Evaluation} lists the files that are written.
 */
public final class NanoEvaluation {

    private static final int RETRIEVAL_CANDIDATES = 50;

    private NanoEvaluation() {}

    /**
     * The models, settings, samples and output of an evaluation.
     *
     * @param models the models by the names of their rows, at least one
     * @param settings generation settings; the seed is mixed with each sample's
     * @param samples which samples
     * @param clipModel CLIP model for evaluation, as {@link Embedder#open} reads it; empty: the metrics that need one
     *     are skipped
     * @param output the output folder and the size of the report
     */
    public record Config(
            Map<String, Mige> models, Settings settings, Samples samples, Optional<Path> clipModel, Output output) {

        public Config {
            models = new LinkedHashMap<>(models);
        }
    }

    /**
     * Selects the samples to evaluate.
     *
     * @param rules selects the set of samples
     * @param suites empty: all
     * @param skip samples of each suite that are left out, from the first, 0 or more
     * @param perSuite number of samples of each suite after those, 1 or more
     * @param corpus folder of the downloaded corpus, from which the samples are rendered
     */
    public record Samples(CorpusRules rules, Set<NanoSuite> suites, int skip, int perSuite, Path corpus) {
        public Samples {
            suites = suites.isEmpty() ? EnumSet.allOf(NanoSuite.class) : EnumSet.copyOf(suites);
            if (perSuite < 1) throw new UsageException("%d samples per suite, expected 1 or more", perSuite);
            if (skip < 0) throw new UsageException("%d samples to skip, expected 0 or more", skip);
        }

        private List<NanoSample> load(NanoSuite suite) {
            return NanoSample.load(rules, suite).stream()
                    .skip(skip)
                    .limit(perSuite)
                    .toList();
        }
    }

    /**
     * The output folder and the size of the HTML report.
     *
     * @param folder created when it is missing
     * @param reportSamplesPerSuite samples of each suite whose images the HTML report shows, 0 or more
     */
    public record Output(Path folder, int reportSamplesPerSuite) {
        public Output {
            if (reportSamplesPerSuite < 0)
                throw new UsageException("%d report samples per suite, expected 0 or more", reportSamplesPerSuite);
        }
    }

    /**
     * Opens the corpus and runs the evaluation; the models stay open.
     *
     * @param listener see {@link Evaluation#run}
     */
    public static EvaluationResult run(Config config, ProgressListener listener) {
        Mige first = config.models.values().iterator().next();
        List<ModelUnderTest> models = new ArrayList<>();
        config.models.forEach((name, mige) -> models.add(ModelUnderTest.of(name, mige, config.settings)));
        List<NanoSample> samples = new ArrayList<>();
        for (NanoSuite suite : config.samples.suites) samples.addAll(config.samples.load(suite));
        Benchmark benchmark = new NanoBenchmark(
                config.samples.rules,
                samples,
                Corpus.open(config.samples.corpus, first.imageSize(), TaskMix.JOINT, listener),
                config.clipModel.map(Embedder::open),
                Baseline.vaeOracle(first),
                RETRIEVAL_CANDIDATES);
        EvaluationPlan plan = new EvaluationPlan(
                models, config.settings.seed(), config.output.folder, config.output.reportSamplesPerSuite);
        return Evaluation.run(benchmark, plan, listener);
    }
}
