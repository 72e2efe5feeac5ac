package dev.mige4j.eval;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.nano.NanoBenchmark;
import dev.mige4j.eval.nano.NanoSample;
import dev.mige4j.eval.nano.NanoSuite;
import dev.mige4j.eval.nano.TaughtSubject;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.train.teach.Teaching;
import dev.mige4j.train.teach.TeachingConfig;
import dev.mige4j.train.teach.TeachingListener;
import dev.mige4j.weights.lora.LoraFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * Measures what {@link Teaching} achieves: teaches a model subjects of the corpus that its training held out, one at a
 * time, and compares it before and after on requests for the subject and on nano-MIGEBench (what was forgotten).
 *
 * <p>Files in the output folder: {@code table.txt} and {@code results.json}; {@code before}, an evaluation of the model
 * on nano-MIGEBench; and for each subject {@code SUBJECT/images}, {@code SUBJECT/subject.safetensors},
 * {@code SUBJECT/requests} and {@code SUBJECT/forgotten}, two evaluations, and {@code SUBJECT/requests.png}: a row of
 * outputs before, one of outputs after, and one of the true images. The same call goes on where it stopped.
 */
public final class TeachingExperiment {

    private static final int RETRIEVAL_CANDIDATES = 50;
    private static final String BEFORE = "before";
    private static final String LORA_FILE = "subject" + LoraFile.ENDING;

    /** What all rows of the table have in common; the file {@value #FILE_NAME}. */
    record Start(String model, TeachingConfig teaching) {

        static final String FILE_NAME = "experiment.json";

        Start {
            UsageException.requireNonNull(model, "model");
            UsageException.requireNonNull(teaching, "teaching");
        }

        /**
         * Notes with what an experiment starts.
         *
         * @throws UsageException when the one in this folder started with something else
         */
        void note(Path folder) {
            Path file = folder.resolve(FILE_NAME);
            if (!Files.exists(file)) AtomicFile.write(file, Json.writePretty(this));
            else if (!ConfigFile.read(file, Start.class).equals(this))
                throw new UsageException(
                        "%s has an experiment that began with another model or other options of teaching (%s); give"
                                + " those, or choose another folder.",
                        folder, FILE_NAME);
        }
    }

    /**
     * What is measured.
     *
     * @param base the model
     * @param modelFolder its folder; null: the embedded model
     * @param corpus folder of the fetched corpus
     * @param clip CLIP model of the metrics, as {@link Embedder#open} reads it
     * @param output the output folder
     * @param teaching how each subject is taught; the name is replaced by that of its concept
     * @param subjects number of subjects
     * @param requests requests for each subject, even: the first half names it, the second half shows it
     * @param items samples of each suite of nano-MIGEBench (strict, without chains); 0: it is left out
     * @param settings of all requests
     */
    public record Config(
            Mige base,
            Path modelFolder,
            Path corpus,
            Path clip,
            Path output,
            TeachingConfig teaching,
            int subjects,
            int requests,
            int items,
            Settings settings) {
        public Config {
            if (subjects < 1 || requests < 2 || requests % 2 != 0 || items < 0)
                throw new UsageException(
                        "%d subjects, %d requests and %d items, expected 1 or more, an even number and 0 or more.",
                        subjects, requests, items);
        }
    }

    /**
     * The result.
     *
     * @param completed false when it was cancelled; the table then covers the subjects that are done
     */
    public record Result(boolean completed, String table) {}

    /**
     * Means over the scores of one model; null where there are none.
     *
     * @param named identity of the requests that name the subject
     * @param shown identity of those that show it
     * @param clipI CLIP-I of all requests
     * @param success success rate on nano-MIGEBench, means over its samples here and below
     * @param identity identity on it
     * @param l1 L1 on it
     */
    record Means(Double named, Double shown, Double clipI, Double success, Double identity, Double l1) {

        /** The identity of all requests, of which half are named. */
        Double allRequests() {
            return named == null || shown == null ? null : (named + shown) / 2;
        }
    }

    /** A row of the table. */
    record Row(String subject, String iconSet, long steps, double seconds, Means before, Means after) {}

    private final Config config;
    private final ProgressListener listener;
    private final Corpus corpus;
    private final Optional<Embedder> embedder;

    private TeachingExperiment(Config config, ProgressListener listener) {
        this.config = config;
        this.listener = listener;
        corpus = Corpus.open(config.corpus, config.base.imageSize(), TaskMix.STRICT, listener);
        embedder = Optional.of(Embedder.open(config.clip));
    }

    /** Teaches and measures what is not in the output folder yet; the model stays open. */
    public static Result run(Config config, ProgressListener listener) {
        return new TeachingExperiment(config, listener).run();
    }

    private Result run() {
        new Start(config.base.modelHash(), config.teaching).note(config.output);
        List<Row> rows = new ArrayList<>();
        boolean completed = true;
        try {
            List<NanoSample> bench = benchSamples();
            Path before = config.output.resolve("before");
            if (!bench.isEmpty()) evaluate(before, bench, Map.of(BEFORE, config.base));
            for (TaughtSubject subject : TaughtSubject.first(config.subjects, corpus)) {
                rows.add(measure(subject, bench, before));
                write(rows);
            }
        } catch (CancelledException e) {
            completed = false;
        }
        return new Result(completed, write(rows));
    }

    private List<NanoSample> benchSamples() {
        List<NanoSample> samples = new ArrayList<>();
        for (NanoSuite suite : NanoSuite.values())
            if (suite != NanoSuite.MULTI_TURN)
                samples.addAll(NanoSample.load(CorpusRules.STRICT, suite).stream()
                        .limit(config.items)
                        .toList());
        return samples;
    }

    private Row measure(TaughtSubject subject, List<NanoSample> bench, Path before) {
        Path folder = config.output.resolve(subject.id());
        teach(subject, folder);
        Lora lora = Lora.of(folder.resolve(LORA_FILE));
        String after = "after-" + lora.file().sha256().substring(0, 8);
        List<NanoSample> requests = subject.requests(config.requests, corpus);
        try (Mige taught = config.base.withLoras(List.of(lora))) {
            Map<String, Mige> models = new LinkedHashMap<>();
            models.put(BEFORE, config.base);
            models.put(after, taught);
            Path requestFolder = folder.resolve("requests"), forgotten = folder.resolve("forgotten");
            evaluate(requestFolder, requests, models);
            if (!bench.isEmpty()) evaluate(forgotten, bench, Map.of(after, taught));
            writeOutputs(requestFolder, requests, List.copyOf(models.keySet()), folder.resolve("requests.png"));
            TeachingTimes times = TeachingTimes.read(folder);
            return new Row(
                    subject.concept(),
                    subject.iconSet(),
                    times.steps,
                    times.seconds,
                    means(scores(requestFolder, BEFORE), scores(before, BEFORE)),
                    means(scores(requestFolder, after), scores(forgotten, after)));
        }
    }

    /** How long a subject was taught; written when it is finished. */
    private record TeachingTimes(long steps, double seconds) {

        private static final String FILE_NAME = "teaching.json";

        static TeachingTimes read(Path folder) {
            return ConfigFile.read(folder.resolve(FILE_NAME), TeachingTimes.class);
        }

        void write(Path folder) {
            AtomicFile.write(folder.resolve(FILE_NAME), Json.writePretty(this));
        }
    }

    private void teach(TaughtSubject subject, Path folder) {
        Path output = folder.resolve(LORA_FILE), images = folder.resolve("images");
        if (Files.exists(folder.resolve(TeachingTimes.FILE_NAME)) && Files.exists(output)) return;
        delete(output); // of a process that ended before it wrote the times
        List<Image> rendered = subject.images(corpus);
        for (int i = 0; i < rendered.size(); i++)
            AtomicFile.write(images.resolve(i + 1 + ".png"), rendered.get(i).toPng());
        TeachingListener progress =
                (item, done, total) -> listener.onProgress("teaching " + subject.concept(), done, total);
        var result = Teaching.run(
                new Teaching.Paths(images, config.modelFolder, config.corpus, output, folder.resolve("run")),
                config.teaching.withName(subject.concept()),
                progress);
        new TeachingTimes(result.steps(), result.seconds()).write(folder);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw AtomicFile.writeFailed(file, e);
        }
    }

    private void evaluate(Path folder, List<NanoSample> samples, Map<String, Mige> models) {
        NanoBenchmark benchmark =
                new NanoBenchmark(CorpusRules.STRICT, samples, corpus, embedder, List.of(), RETRIEVAL_CANDIDATES);
        List<ModelUnderTest> rows = new ArrayList<>();
        models.forEach((name, mige) -> rows.add(ModelUnderTest.of(name, mige, config.settings)));
        EvaluationResult result =
                Evaluation.run(benchmark, new EvaluationPlan(rows, config.settings.seed(), folder, 0), listener);
        if (!result.completed()) throw new CancelledException("The experiment was stopped.");
    }

    private static List<Score> scores(Path folder, String row) {
        return ScoreLog.open(folder.resolve("scores.jsonl")).all().stream()
                .filter(score -> score.row().equals(row))
                .toList();
    }

    private static Means means(Collection<Score> requests, Collection<Score> bench) {
        return new Means(
                mean(requests, Metric.IDENTITY, score -> score.sample().startsWith("named")),
                mean(requests, Metric.IDENTITY, score -> score.sample().startsWith("shown")),
                mean(requests, Metric.CLIP_I, score -> true),
                mean(bench, Metric.SUCCESS, score -> true),
                mean(bench, Metric.IDENTITY, score -> true),
                mean(bench, Metric.L1, score -> true));
    }

    private static Double mean(Collection<Score> scores, Metric metric, Predicate<Score> filter) {
        double[] values = scores.stream()
                .filter(filter)
                .map(score -> score.number(metric))
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .toArray();
        return values.length == 0 ? null : Arrays.stream(values).average().orElseThrow();
    }

    /** Rows of outputs, one for each model, above the row of the true images. */
    private void writeOutputs(Path evaluation, List<NanoSample> requests, List<String> models, Path file) {
        int size = corpus.imageSize(), step = size + 2;
        Image grid = Image.filled(step * requests.size() - 2, step * (models.size() + 1) - 2, 0xffffff);
        for (int i = 0; i < requests.size(); i++) {
            NanoSample request = requests.get(i);
            for (int row = 0; row < models.size(); row++) {
                Path output =
                        evaluation.resolve("outputs").resolve(models.get(row)).resolve(request.id() + ".png");
                if (Files.exists(output))
                    grid = grid.paste(
                            ImagePreprocessing.stretch(Image.read(output), size).withoutAlpha(), i * step, row * step);
            }
            Image target = corpus.renderScene(request.turns().get(0).target());
            grid = grid.paste(target, i * step, models.size() * step);
        }
        AtomicFile.write(file, grid.toPng());
    }

    private String write(List<Row> rows) {
        String table = TeachingTable.format(rows);
        AtomicFile.write(config.output.resolve("table.txt"), table);
        AtomicFile.write(config.output.resolve("results.json"), Json.writePretty(rows));
        return table;
    }
}
