package dev.mige4j.eval;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import dev.mige4j.train.logging.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Evaluates models on nano-MIGEBench: the first questions of each suite, in order, through each model and the framing
 * rows.
 *
 * <p>Into the output folder go {@code scores.jsonl} (a line an answer, from which a stopped evaluation goes on),
 * {@code answers/MODEL/QUESTION.png}, and at the end {@code table.txt}, {@code summary.json} and {@code index.html}.
 * Several models stand in one table; the first one's autoencoder makes the oracle row, and its picture size is the
 * bench's.
 */
public final class NanoEvaluation {

    /** Drawings in a line-up. */
    static final int RETRIEVAL_CANDIDATES = 50;

    private NanoEvaluation() {}

    /**
     * @param models folders of models by the names of their rows; empty: the embedded one, as {@code nano}
     * @param samplesPerSuite questions of each suite, from the first on; 1 or more
     * @param suites which suites; empty: all
     * @param settings for all requests; the seed is mixed with each question's
     * @param clipModel folder of the evaluation pair; empty: figures that need one are left out
     * @param corpus folder of the fetched drawings
     * @param outputFolder output folder, made where it is missing
     * @param reportSamplesPerSuite questions of each suite whose pictures stand on the page
     */
    public record Config(
            Map<String, Path> models,
            int samplesPerSuite,
            Set<BenchmarkSuite> suites,
            Settings settings,
            Optional<Path> clipModel,
            Path corpus,
            Path outputFolder,
            int reportSamplesPerSuite) {
        public Config {
            models = new LinkedHashMap<>(models);
            suites = suites.isEmpty() ? EnumSet.allOf(BenchmarkSuite.class) : EnumSet.copyOf(suites);
            if (samplesPerSuite < 1)
                throw new UsageException(
                        "%d questions of each suite are asked for, expected at least 1", samplesPerSuite);
            if (reportSamplesPerSuite < 0)
                throw new UsageException(
                        "pictures of %d questions are to be shown, expected at least 0", reportSamplesPerSuite);
        }
    }

    /**
     * What came out.
     *
     * @param completed false when it was stopped; the summary then holds what was done
     * @param table the summary as plain text
     */
    public record EvaluationResult(boolean completed, Summary summary, String table, Path htmlFile, Path jsonFile) {}

    /** Runs all of it; {@code watch} hears after each question and may end it. */
    public static EvaluationResult run(Config config, TrainingListener listener) {
        List<Mige> loadedModels = new ArrayList<>();
        try {
            List<ModelUnderTest> models = new ArrayList<>();
            if (config.models.isEmpty()) {
                loadedModels.add(Mige.embedded());
                models.add(ModelUnderTest.of(loadedModels.get(0).name(), loadedModels.get(0), config.settings));
            }
            config.models.forEach((name, folder) -> {
                loadedModels.add(Mige.open(folder));
                models.add(ModelUnderTest.of(name, loadedModels.get(loadedModels.size() - 1), config.settings));
            });
            Optional<Embedder> embedder = config.clipModel.map(ClipEmbedder::open);
            Corpus corpus = Corpus.open(config.corpus, loadedModels.get(0).imageSize());
            List<BenchmarkSample> samples = new ArrayList<>();
            for (BenchmarkSuite suite : config.suites)
                samples.addAll(BenchmarkSample.load(suite, config.samplesPerSuite));
            EvaluationPlan plan = new EvaluationPlan(
                    samples,
                    models,
                    ModelUnderTest.oracle(loadedModels.get(0)),
                    config.settings.seed(),
                    RETRIEVAL_CANDIDATES,
                    config.outputFolder,
                    config.reportSamplesPerSuite);
            return run(plan, corpus, embedder, listener);
        } finally {
            loadedModels.forEach(Mige::close);
        }
    }

    /** The same with all its parts given. */
    record EvaluationPlan(
            List<BenchmarkSample> samples,
            List<ModelUnderTest> models,
            ModelUnderTest oracle,
            long seed,
            int candidateCount,
            Path outputFolder,
            int reportSamplesPerSuite) {}

    static EvaluationResult run(
            EvaluationPlan plan, Corpus corpus, Optional<Embedder> embedder, TrainingListener listener) {
        List<ModelUnderTest> rows = new ArrayList<>(plan.models);
        rows.addAll(List.of(ModelUnderTest.COPY_SOURCE, plan.oracle, ModelUnderTest.BLANK));
        List<String> names = rows.stream().map(ModelUnderTest::name).toList();
        if (new HashSet<>(names).size() < names.size())
            throw new UsageException("The rows %s do not all have names of their own; rename a model.", names);
        try {
            Files.createDirectories(plan.outputFolder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ScoreLog scoreLog = ScoreLog.open(plan.outputFolder.resolve("scores.jsonl"));
        EvaluationRun run = new EvaluationRun(
                plan,
                rows,
                corpus,
                new MetricCalculator(corpus, embedder, plan.candidateCount),
                embedder.map(Embedder::name).orElse("no pair"),
                scoreLog,
                new OutputCache(plan.outputFolder.resolve("answers")));
        boolean completed = run.evaluateAll(listener);
        Summary summary = Summary.of(metadata(plan, corpus, embedder), names, plan.models.size(), run.currentScores());
        String table = TextReport.render(summary);
        Path htmlFile = plan.outputFolder.resolve("index.html"), jsonFile = plan.outputFolder.resolve("summary.json");
        writeAtomically(htmlFile, HtmlReport.render(summary, run.reportSamples()));
        writeAtomically(jsonFile, summary.toJson());
        writeAtomically(plan.outputFolder.resolve("table.txt"), table);
        return new EvaluationResult(completed, summary, table, htmlFile, jsonFile);
    }

    private static Map<String, String> metadata(EvaluationPlan plan, Corpus corpus, Optional<Embedder> embedder) {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (ModelUnderTest model : plan.models) metadata.put("model " + model.name(), model.provenance());
        metadata.put("pictures", corpus.imageSize() + " x " + corpus.imageSize());
        metadata.put("seed", String.valueOf(plan.seed));
        metadata.put(
                "evaluation pair",
                embedder.map(Embedder::name)
                        .orElse("none: not measured are "
                                + String.join(
                                        ", ",
                                        Arrays.stream(Metric.values())
                                                .filter(Metric::needsClip)
                                                .filter(f -> f != Metric.SUCCESS)
                                                .map(Metric::title)
                                                .toList())
                                + ", and success where pixels do not decide it"));
        metadata.put(
                "machine",
                Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("os.name") + " "
                        + System.getProperty("os.arch"));
        return metadata;
    }

    private static void writeAtomically(Path file, String text) {
        Path tempFile = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.writeString(tempFile, text);
            Files.move(tempFile, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One pass over the questions. */
    private record EvaluationRun(
            EvaluationPlan plan,
            List<ModelUnderTest> rows,
            Corpus corpus,
            MetricCalculator metricCalculator,
            String embedderName,
            ScoreLog scoreLog,
            OutputCache outputCache) {

        boolean evaluateAll(TrainingListener listener) {
            List<BenchmarkSample> pending = plan.samples.stream()
                    .filter(q -> rows.stream().anyMatch(row -> needsScore(q, row)))
                    .toList();
            int done = plan.samples.size() - pending.size();
            long evaluationStart = System.nanoTime();
            if (!pending.isEmpty()) warmUp(pending.get(0));
            for (int i = 0; i < pending.size(); i++) {
                long start = System.nanoTime();
                evaluate(pending.get(i));
                double secondsPerSample = (System.nanoTime() - evaluationStart) / 1e9 / (i + 1);
                boolean proceed = listener.onProgress(
                        done + i + 1,
                        plan.samples.size(),
                        Duration.ofSeconds(Math.round(secondsPerSample * (pending.size() - i - 1))),
                        Map.of("seconds_a_question", (System.nanoTime() - start) / 1e9));
                if (!proceed && i + 1 < pending.size()) return false;
            }
            return true;
        }

        /** The first request of a model waits for its weights and the compiler: it is not timed. */
        private void warmUp(BenchmarkSample sample) {
            Task task = ModelUnderTest.createTask(corpus.render(sample.turns().get(0)), Optional.empty());
            for (ModelUnderTest model : plan.models)
                if (needsScore(sample, model)) model.generate(task, null, plan.seed);
        }

        private boolean needsScore(BenchmarkSample sample, ModelUnderTest row) {
            return supportsSuite(row, sample.suite())
                    && !scoreLog.has(
                            row.name(),
                            scoreProvenance(row),
                            sample.id(),
                            sample.turns().size() - 1);
        }

        private boolean supportsSuite(ModelUnderTest row, BenchmarkSuite suite) {
            return row == ModelUnderTest.COPY_SOURCE
                    ? !suite.isGeneration()
                    : row != ModelUnderTest.BLANK || suite.isGeneration();
        }

        private String scoreProvenance(ModelUnderTest row) {
            return "%s; %s; seed %d; pair %s; %d in the line-up"
                    .formatted(row.provenance(), sizeText(), plan.seed, embedderName, plan.candidateCount);
        }

        private String sizeText() {
            return corpus.imageSize() + " pixels";
        }

        private String outputProvenance(ModelUnderTest row) {
            return row.provenance() + "; " + sizeText() + "; seed " + plan.seed;
        }

        private void evaluate(BenchmarkSample sample) {
            List<ModelUnderTest> pendingRows =
                    rows.stream().filter(row -> needsScore(sample, row)).toList();
            Map<ModelUnderTest, Image> previousOutputs = new HashMap<>();
            List<Score> newScores = new ArrayList<>();
            for (int turn = 0; turn < sample.turns().size(); turn++) {
                ExampleSpec item = sample.turns().get(turn);
                MetricCalculator.ItemMetrics itemMetrics = metricCalculator.forItem(item);
                for (ModelUnderTest row : pendingRows) {
                    Task task = ModelUnderTest.createTask(
                            itemMetrics.groundTruth(), Optional.ofNullable(previousOutputs.get(row)));
                    Optional<OutputCache.CachedOutput> output = generate(row, sample, turn, task, itemMetrics);
                    if (output.isEmpty()) continue;
                    Image image = output.get().image();
                    previousOutputs.put(row, image);
                    Map<Metric, Double> metrics = itemMetrics.measure(image, task.source());
                    if (row.isModel() && Double.isFinite(output.get().seconds()))
                        metrics.put(Metric.SECONDS, output.get().seconds());
                    newScores.add(new Score(
                            row.name(),
                            scoreProvenance(row),
                            sample.id(),
                            turn,
                            sample.suite(),
                            item.kind(),
                            item.split(),
                            metrics));
                }
            }
            scoreLog.add(newScores);
        }

        private Optional<OutputCache.CachedOutput> generate(
                ModelUnderTest row,
                BenchmarkSample sample,
                int turn,
                Task task,
                MetricCalculator.ItemMetrics itemMetrics) {
            if (!row.isModel())
                return row.generate(task, itemMetrics.groundTruth(), seed(sample))
                        .map(p -> new OutputCache.CachedOutput(
                                ModelUnderTest.resizeLike(
                                        p, itemMetrics.groundTruth().target()),
                                Double.NaN));
            Optional<OutputCache.CachedOutput> cached =
                    outputCache.find(row.name(), outputProvenance(row), sample.id(), turn);
            if (cached.isPresent()) return cached;
            long start = System.nanoTime();
            Image image =
                    row.generate(task, itemMetrics.groundTruth(), seed(sample)).orElseThrow();
            OutputCache.CachedOutput output = new OutputCache.CachedOutput(
                    ModelUnderTest.resizeLike(image, itemMetrics.groundTruth().target()),
                    (System.nanoTime() - start) / 1e9);
            outputCache.put(row.name(), outputProvenance(row), sample.id(), turn, output);
            return Optional.of(output);
        }

        private long seed(BenchmarkSample sample) {
            return plan.seed + (sample.id().hashCode() & 0xffffffffL);
        }

        /** Scores of the questions, rows and conditions of this run: the file may hold others. */
        List<Score> currentScores() {
            Set<String>
                    sampleIds =
                            new HashSet<>(plan.samples.stream()
                                    .map(BenchmarkSample::id)
                                    .toList()),
                    provenances = new HashSet<>();
            for (ModelUnderTest row : rows) provenances.add(row.name() + "\n" + scoreProvenance(row));
            return scoreLog.all().stream()
                    .filter(s ->
                            sampleIds.contains(s.sample()) && provenances.contains(s.row() + "\n" + s.provenance()))
                    .toList();
        }

        List<HtmlReport.ReportSample> reportSamples() {
            List<HtmlReport.ReportSample> reportSamples = new ArrayList<>();
            Map<BenchmarkSuite, Integer> samplesShown = new HashMap<>();
            List<Score> currentScores = currentScores();
            for (BenchmarkSample sample : plan.samples) {
                if (needsScore(sample, plan.models.get(0))
                        || samplesShown.merge(sample.suite(), 1, Integer::sum) > plan.reportSamplesPerSuite) continue;
                for (int turn = 0; turn < sample.turns().size(); turn++) {
                    ExampleSpec item = sample.turns().get(turn);
                    var example = corpus.render(item);
                    Map<String, Optional<Image>> images = new LinkedHashMap<>();
                    Map<String, Score> scoresByRow = new HashMap<>();
                    int turnIndex = turn;
                    for (ModelUnderTest model : plan.models)
                        images.put(
                                model.name(),
                                outputCache
                                        .find(model.name(), outputProvenance(model), sample.id(), turnIndex)
                                        .map(OutputCache.CachedOutput::image));
                    for (Score s : currentScores)
                        if (s.sample().equals(sample.id()) && s.turn() == turnIndex) scoresByRow.put(s.row(), s);
                    reportSamples.add(new HtmlReport.ReportSample(
                            sample.id() + (sample.turns().size() > 1 ? ", turn " + (turn + 1) : ""),
                            sample.suite(),
                            item.kind().label(),
                            item.split()
                                    .name()
                                    .toLowerCase(java.util.Locale.ROOT)
                                    .replace('_', ' '),
                            item.instruction(),
                            example.references(),
                            example.target(),
                            images,
                            scoresByRow));
                }
            }
            return reportSamples;
        }
    }
}
