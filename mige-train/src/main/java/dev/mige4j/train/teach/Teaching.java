package dev.mige4j.train.teach;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.FolderLock;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.EmbeddedModel;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelDomain;
import dev.mige4j.pipeline.ModelHash;
import dev.mige4j.sampler.PredictionType;
import dev.mige4j.train.MigeTraining;
import dev.mige4j.train.MigeTrainingConfig;
import dev.mige4j.train.config.TrainConfigs;
import dev.mige4j.train.dataset.SubjectImages;
import dev.mige4j.train.logging.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Teaches a model a subject or a style from 3 to 20 images, and writes a LoRA.
 *
 * <pre>
 *   images → cut-outs → records: the subject in scenes, by name and by reference; its own images; other tasks
 *          → features, once → training of the LoRA until the budget is over → OUTPUT.safetensors
 * </pre>
 *
 * All data stay on this machine. A teaching that was stopped or killed goes on when it is started again with the same
 * arguments.
 */
public final class Teaching {

    /** Fewest and most images. */
    public static final int MIN_IMAGES = 3, MAX_IMAGES = 20;

    /** Records per minute of the budget, or per step, and their least and largest number. */
    private static final int RECORDS_PER_MINUTE = 60, RECORDS_PER_STEP = 2, MIN_RECORDS = 64, MAX_RECORDS = 2000;

    /** Below so many steps, the embedded model was seen not to draw a subject by its name (docs/teach.md). */
    private static final int FEW_STEPS = 100;

    /** The export of the training, in the run folder. */
    private static final String LORA_FILE = "lora.safetensors";

    private static final int HELD_OUT = 8, PREVIEWS = 3, PREVIEW_STEPS = 6;
    /** Share of the budget that the last preview and the export get. */
    private static final double END_SHARE = 0.04;
    /** Seconds between two notes of how much of the budget is used. */
    private static final double NOTE_SECONDS = 5;

    private Teaching() {}

    /**
     * Where a teaching reads and writes.
     *
     * @param images folder of the images, in it optionally the mask {@code NAME-mask.png} of {@code NAME.jpg}
     * @param model folder of the base model; null: the embedded model
     * @param corpus folder of the corpus' drawings; where they are missing, a few embedded ones take their place
     * @param output the LoRA, a file that does not exist yet
     * @param run folder of records, features, state and previews; goes on with what is in it
     */
    public record Paths(Path images, Path model, Path corpus, Path output, Path run) {

        public Paths {
            UsageException.requireNonNull(images, "images");
            UsageException.requireNonNull(corpus, "corpus");
            UsageException.requireNonNull(output, "output");
            UsageException.requireNonNull(run, "run");
        }
    }

    /**
     * Teaches, in the calling thread, for as long as the configuration says.
     *
     * @throws UsageException when images, name, model or output cannot be used
     * @throws CancelledException when the listener stopped it; the state is saved in {@link Paths#run}
     */
    public static TeachingResult run(Paths paths, TeachingConfig config, TeachingListener listener) {
        return run(paths, config, listener, null);
    }

    /** The same with another corpus than that of the folder, unless null. */
    static TeachingResult run(Paths paths, TeachingConfig config, TeachingListener listener, Corpus otherCorpus) {
        requireNoOutput(paths);
        Path modelFolder = paths.model == null ? EmbeddedModel.folder() : paths.model;
        ModelConfig model = ModelConfig.read(modelFolder);
        SubjectImages images = SubjectImages.read(paths.images, MIN_IMAGES, MAX_IMAGES);
        try (FolderLock lock = lock(paths.run)) {
            return teach(paths, config, listener, otherCorpus, modelFolder, model, images);
        }
    }

    private static FolderLock lock(Path run) {
        try {
            return FolderLock.acquire(Files.createDirectories(run), "teaching");
        } catch (IOException e) {
            throw AtomicFile.writeFailed(run, e);
        }
    }

    private static TeachingResult teach(
            Paths paths,
            TeachingConfig config,
            TeachingListener listener,
            Corpus otherCorpus,
            Path modelFolder,
            ModelConfig model,
            SubjectImages images) {
        boolean scenes = !config.style() && showsDrawings(modelFolder);
        if (scenes) images.requireCutOut(paths.images); // before the state, which would refuse the masks that are added
        List<String> notices = new ArrayList<>();
        if (!config.style()) addMaskNotice(images, notices);
        TeachingState state =
                TeachingState.open(paths.run, images.fingerprint(), ModelHash.of(modelFolder), config, records(config));
        state.write(paths.run);
        boolean prior = showsDrawings(modelFolder) && config.priorShare() > 0;
        if (!prior && config.priorShare() > 0)
            notices.add("The model is not one of drawings, so no other subjects are trained along: teach it briefly.");
        Supplier<Corpus> corpus = () -> otherCorpus != null
                ? otherCorpus
                : SampleCorpus.openOrSamples(paths.corpus, model.imageSize(), listener, notices);
        Corpus opened = scenes || prior ? corpus.get() : null; // rasterises its drawings before the clock starts
        Clock clock = new Clock(state, paths.run, listener);
        MigeTrainingConfig training = trainingConfig(
                paths.run, json(paths, model, state, scenes, prior ? config.priorShare() : 0, clock.seconds()));
        long steps = MigeTraining.run(training, paths.run, size -> opened, clock);
        clock.note();
        clock.showNewPreview();
        if (clock.stopped) throw new CancelledException("The teaching was stopped; its state is in %s.", paths.run);
        requireNoOutput(paths); // nor one that appeared meanwhile
        LoraOutput.write(paths.run.resolve(LORA_FILE), paths.output, config.name(), modelFolder);
        deleteFeatures(paths.run);
        if (config.steps() == 0 && steps < FEW_STEPS)
            notices.add(
                    "%d steps are few; give more minutes if the subject or style is not recognised.".formatted(steps));
        return new TeachingResult(
                paths.output,
                config.name(),
                images.images().size(),
                images.cutOuts().size(),
                steps,
                clock.seconds(),
                notices);
    }

    private static void requireNoOutput(Paths paths) {
        if (Files.exists(paths.output))
            throw new UsageException("%s exists already; delete it, or choose another name with -o.", paths.output);
    }

    private static void addMaskNotice(SubjectImages images, List<String> notices) {
        List<String> without = images.withoutCutOut();
        if (!without.isEmpty())
            notices.add("In %s no subject was cut out, so %s only as %s; a mask (NAME-mask.png) helps."
                    .formatted(
                            String.join(", ", without),
                            without.size() == 1 ? "it is used" : "they are used",
                            without.size() == 1 ? "it is" : "they are"));
    }

    private static boolean showsDrawings(Path modelFolder) {
        Path domain = modelFolder.resolve(ModelDomain.FILE_NAME);
        return Files.exists(domain)
                && ConfigFile.read(domain, ModelDomain.class).drawings();
    }

    private static MigeTrainingConfig trainingConfig(Path run, ObjectNode overrides) {
        Path file = run.resolve("config.json");
        AtomicFile.write(file, Json.writePretty(overrides));
        return TrainConfigs.load("mige", file, MigeTrainingConfig.class);
    }

    /** What differs from the defaults of the stage {@code mige}. */
    private static ObjectNode json(
            Paths paths, ModelConfig model, TeachingState state, boolean scenes, double priorShare, double used) {
        TeachingConfig config = state.config();
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("seed", config.seed()).putNull("model");
        json.putObject("initialization")
                .put("type", "pretrained")
                .put("model", paths.model == null ? "embedded" : absolute(paths.model));
        ObjectNode lora = json.putObject("lora");
        lora.put("rank", config.rank()).put("alpha", config.alpha());
        if (!config.targets().isEmpty()) {
            ArrayNode targets = lora.putArray("targets");
            config.targets().forEach(targets::add);
        }
        ObjectNode data = json.putObject("data");
        data.putObject("dataset")
                .put("type", "subject-images")
                .put("images", absolute(paths.images))
                .put("name", config.name())
                .put("style", config.style())
                .put("scenes", scenes)
                .put("priorShare", priorShare);
        data.put("featureCache", "features")
                .put("examples", state.records())
                .put("heldOut", HELD_OUT)
                .put("draws", 2)
                .put("singleSubjectRatio", 0);
        boolean velocity = model.predictionType() == PredictionType.VELOCITY;
        ObjectNode loss = json.putObject("loss");
        loss.put("type", "iddpm").put("minSnrGamma", velocity ? 5 : 0).put("maskWeight", velocity ? 3 : 1);
        if (velocity) loss.put("timestepSampling", "LOGIT_NORMAL");
        json.putObject("auxiliary").put("warmupSamples", 0).putArray("losses");
        json.putObject("validation").put("samples", PREVIEWS).put("inferenceSteps", PREVIEW_STEPS);
        ObjectNode trainer = json.putObject("trainer");
        trainer.put("batchSize", 4).put("emaDecay", 0.95);
        double seconds = (1 - END_SHARE) * 60 * config.minutes() - used;
        Duration left = Duration.ofMillis((long) (1000 * Math.max(1, seconds)));
        ObjectNode schedule = trainer.putObject("schedule");
        schedule.put("learningRate", config.learningRate())
                .put("warmupSteps", 10)
                .put("decayShare", 0.4);
        if (config.steps() > 0) schedule.put("totalSteps", config.steps());
        else
            schedule.put("minutes", config.minutes())
                    .put("until", Instant.now().plus(left).toString());
        trainer.putObject("intervals").put("log", 5).put("validate", 60).put("save", 10);
        return json;
    }

    /** The number of records of a new teaching. */
    private static int records(TeachingConfig config) {
        double records =
                config.steps() > 0 ? (double) RECORDS_PER_STEP * config.steps() : RECORDS_PER_MINUTE * config.minutes();
        return (int) Math.max(MIN_RECORDS, Math.min(MAX_RECORDS, Math.round(records)));
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }

    /** Features take much room and are no use after the end. */
    private static void deleteFeatures(Path run) {
        try (Stream<Path> files = Files.list(run.resolve("features"))) {
            for (Path file : files.toList()) Files.delete(file);
            Files.delete(run.resolve("features"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Measures the time that is used, passes progress on, and finds the images of validations. */
    private static final class Clock implements TrainingListener {

        private final TeachingState state;
        private final Path run;
        private final TeachingListener listener;
        private final long startNanos = System.nanoTime();
        private double noted;
        private String stage = "";
        private Path lastPreview;
        private boolean stopped;

        Clock(TeachingState state, Path run, TeachingListener listener) {
            this.state = state;
            this.run = run;
            this.listener = listener;
            noted = state.seconds();
            lastPreview = newestPreview().orElse(null);
        }

        double seconds() {
            return state.seconds() + (System.nanoTime() - startNanos) / 1e9;
        }

        void note() {
            noted = seconds();
            state.withSeconds(noted).write(run);
        }

        @Override
        public void onMetrics(long step, Map<String, Double> metrics) {
            listener.onMetrics(step, metrics);
        }

        @Override
        public boolean onProgress(String item, long done, long total) {
            String current = item.equals("seconds") || item.equals("steps") ? "training" : item;
            if (!current.equals(stage)) {
                stage = current;
                listener.onStage(stage);
            }
            showNewPreview();
            if (seconds() - noted >= NOTE_SECONDS) note();
            long budget = Math.round(60 * state.config().minutes());
            boolean goOn = state.config().steps() > 0
                    ? listener.onProgress(item, done, total)
                    : listener.onProgress("seconds", Math.min(budget, (long) seconds()), budget);
            if (!goOn) stopped = true;
            return !stopped;
        }

        private void showNewPreview() {
            Optional<Path> newest = newestPreview();
            if (newest.isEmpty() || newest.get().equals(lastPreview)) return;
            lastPreview = newest.get();
            String step = lastPreview.getFileName().toString().replaceAll("\\D", "");
            listener.onPreview(Long.parseLong(step), Image.read(lastPreview));
        }

        private Optional<Path> newestPreview() {
            Path folder = run.resolve("images");
            if (!Files.isDirectory(folder)) return Optional.empty();
            try (Stream<Path> files = Files.list(folder)) {
                return files.filter(file -> file.getFileName().toString().matches("validation-\\d+\\.png"))
                        .max(Comparator.naturalOrder());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
