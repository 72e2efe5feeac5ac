package dev.mige4j.eval.claims;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.eval.Evaluation;
import dev.mige4j.eval.EvaluationPlan;
import dev.mige4j.eval.EvaluationResult;
import dev.mige4j.eval.benchmark.Baseline;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.nano.NanoBenchmark;
import dev.mige4j.eval.nano.NanoSample;
import dev.mige4j.eval.nano.NanoSuite;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import dev.mige4j.train.logging.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The claims of the MIGE paper (sections 4 and 5) as an experiment: trains each {@link ClaimVariant} with each seed,
 * evaluates all on the strict set of nano-MIGEBench, and says which {@link Claim} the results support. Stopped at any
 * time, it goes on where it was.
 */
public final class ClaimsExperiment {

    private static final int RETRIEVAL_CANDIDATES = 50;

    /** The rows that have no seed. */
    private static final List<String> BASELINES = List.of(Baseline.COPY_SOURCE.name(), "vae-oracle");

    /** The suites of the paper's claims: single requests. */
    private static final EnumSet<NanoSuite> SUITES = EnumSet.complementOf(EnumSet.of(NanoSuite.MULTI_TURN));

    /**
     * What is trained and evaluated.
     *
     * @param output folder of all files, see {@link #run}
     * @param recipe {@code claims-cpu} or {@code claims-gpu}
     * @param configFile merged over the recipe; null: none
     * @param seeds number of trainings of each variant
     * @param minutes of all trainings together, of which each gets the same; 0: by samples
     * @param samples of the denoiser in each training; 0: as the recipe says
     * @param items samples of each suite of the benchmark
     * @param shown samples of each suite whose images the page shows, the first ones
     * @param clipModel CLIP model for the evaluation, as {@link Embedder#open} reads it; empty: pixel metrics only
     * @param corpus folder of the corpus' assets
     */
    public record Config(
            Path output,
            String recipe,
            Path configFile,
            int seeds,
            double minutes,
            int samples,
            int items,
            int shown,
            Optional<Path> clipModel,
            Path corpus) {

        public Config {
            if (!recipe.equals(ClaimsTraining.CPU) && !recipe.equals(ClaimsTraining.GPU))
                throw new UsageException(
                        "There is no recipe '%s'; the recipes are %s and %s.",
                        recipe, ClaimsTraining.CPU, ClaimsTraining.GPU);
            if (seeds < 1 || !(minutes >= 0) || samples < 0 || items < 1 || shown < 0)
                throw new UsageException(
                        "seeds is %d and items %d, expected 1 or more; minutes is %s, samples %d and shown %d, expected"
                                + " 0 or more.",
                        seeds, items, minutes, samples, shown);
            if (minutes > 0 && samples > 0)
                throw new UsageException("Give the length of the trainings in minutes or in samples, not both.");
        }
    }

    /**
     * The result of the experiment.
     *
     * @param completed false when it was cancelled or other processes still train; nothing is evaluated then
     * @param table the result as plain text
     * @param page the HTML page
     */
    public record Result(boolean completed, String table, Path page) {}

    private final Config config;
    private final ClaimsFolder folder;
    private final ClaimsTraining training;
    private Corpus corpus; // null until it is needed

    private ClaimsExperiment(Config config) {
        this.config = config;
        folder = new ClaimsFolder(config.output());
        training = new ClaimsTraining(config);
    }

    /**
     * Trains what is not trained, evaluates what is not evaluated, and writes {@code table.txt}, {@code claims.json},
     * {@code claims.svg} and {@code index.html}.
     *
     * @throws CancelledException when the listener cancels during an evaluation
     */
    public static Result run(Config config, TrainingListener listener) {
        return new ClaimsExperiment(config).run(listener);
    }

    private Result run(TrainingListener listener) {
        List<ClaimRun> unfinished = training.train(listener);
        if (!unfinished.isEmpty()) {
            StringBuilder text = new StringBuilder("Not finished, trained by other processes or stopped:\n");
            unfinished.forEach(run -> text.append("  ").append(run.name()).append('\n'));
            return new Result(false, text.toString(), folder.page());
        }
        List<NanoSample> samples = new ArrayList<>();
        for (NanoSuite suite : SUITES)
            samples.addAll(NanoSample.load(CorpusRules.STRICT, suite).stream()
                    .limit(config.items())
                    .toList());
        HeldOutScores heldOut = new HeldOutScores(folder, config.corpus());
        List<Score> scores = new ArrayList<>();
        List<ClaimsPage.Question> questions = List.of();
        for (int seed = 1; seed <= config.seeds(); seed++) {
            listener.onStage("evaluation of seed " + seed);
            Map<ClaimRun, Mige> models = new LinkedHashMap<>();
            try {
                for (ClaimVariant variant : ClaimVariant.values()) {
                    ClaimRun claimRun = new ClaimRun(variant, seed);
                    models.put(claimRun, Mige.open(folder.model(claimRun)));
                }
                NanoBenchmark benchmark =
                        benchmark(samples, models.values().iterator().next(), listener);
                scores.addAll(evaluate(benchmark, models, seed, listener));
                for (ClaimRun claimRun : models.keySet()) scores.addAll(heldOut.of(claimRun, listener));
                if (seed == 1) questions = ClaimsPage.firstQuestions(benchmark, folder, config.shown());
            } finally {
                models.values().forEach(Mige::close);
            }
        }
        return write(scores, questions);
    }

    private NanoBenchmark benchmark(List<NanoSample> samples, Mige first, TrainingListener listener) {
        if (corpus == null) corpus = Corpus.open(config.corpus(), first.imageSize(), TaskMix.JOINT, listener);
        return new NanoBenchmark(
                CorpusRules.STRICT,
                samples,
                corpus,
                config.clipModel().map(Embedder::open),
                Baseline.vaeOracle(first),
                RETRIEVAL_CANDIDATES);
    }

    private List<Score> evaluate(
            NanoBenchmark benchmark, Map<ClaimRun, Mige> models, int seed, TrainingListener listener) {
        List<ModelUnderTest> rows = new ArrayList<>();
        models.forEach((run, model) -> rows.add(new RunUnderTest(run, model)));
        EvaluationResult result =
                Evaluation.run(benchmark, new EvaluationPlan(rows, 0, folder.evaluation(seed), 0), listener);
        if (!result.completed())
            throw new CancelledException("The evaluation was stopped; run the same command to go on.");
        return result.scores();
    }

    private Result write(List<Score> scores, List<ClaimsPage.Question> questions) {
        ClaimsSummary summary = ClaimsSummary.of(scores, config.seeds(), BASELINES);
        String table = ClaimsTable.render(summary, config.seeds());
        AtomicFile.write(folder.root().resolve("table.txt"), table);
        AtomicFile.write(folder.root().resolve("claims.json"), ClaimsJson.render(summary));
        AtomicFile.write(folder.root().resolve("claims.svg"), ClaimsPlot.render(summary));
        AtomicFile.write(folder.page(), ClaimsPage.render(summary, config.seeds(), questions));
        return new Result(true, table, folder.page());
    }

    /** A trained variant in the evaluation: on the suites of its tasks. */
    private record RunUnderTest(ClaimRun run, ModelUnderTest model) implements ModelUnderTest {

        RunUnderTest(ClaimRun run, Mige mige) {
            this(run, ModelUnderTest.of(run.name(), mige, Settings.DEFAULT));
        }

        @Override
        public String name() {
            return model.name();
        }

        @Override
        public String provenance() {
            return model.provenance();
        }

        @Override
        public boolean supports(BenchmarkSuite suite) {
            return run.variant().supports(suite);
        }

        @Override
        public boolean isTextOnly() {
            return model.isTextOnly();
        }

        @Override
        public Image generate(Task task, Optional<Image> target, long seed) {
            return model.generate(task, target, seed);
        }

        @Override
        public Image generate(Task task, Optional<Image> target, long seed, BooleanSupplier cancelled) {
            return model.generate(task, target, seed, cancelled);
        }
    }
}
