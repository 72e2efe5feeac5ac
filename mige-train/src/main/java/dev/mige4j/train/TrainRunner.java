package dev.mige4j.train;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.PeerLostException;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.pipeline.ModelDomain;
import dev.mige4j.train.config.TrainConfigs;
import dev.mige4j.train.dataset.VaeTrainingImages;
import dev.mige4j.train.dataset.VocabularyBuilder;
import dev.mige4j.train.distributed.Cluster;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.distributed.DistributedProcess;
import dev.mige4j.train.initialization.AutoencoderFolder;
import dev.mige4j.train.initialization.Initialization;
import dev.mige4j.train.initialization.VisionEncoderFolder;
import dev.mige4j.train.logging.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Runs a stage of training by name: reads its configuration, opens the corpus when needed, and trains. */
public final class TrainRunner {

    /** The stages in the order in which a model is trained. */
    public enum Stage {
        VAE("vae", VaeTraining.Config.class, AutoencoderFolder::isComplete),
        CLIP("clip", ClipTraining.Config.class, VisionEncoderFolder::isComplete),
        CLIP_EVAL("clip-eval", ClipTraining.Config.class, VisionEncoderFolder::isComplete),
        MIGE("mige", MigeTrainingConfig.class, TrainRunner::hasModelOrLora);

        private final String label;
        private final Class<? extends Record> configType;

        @SuppressWarnings("ImmutableEnumChecker") // a method reference
        private final Predicate<Path> hasResult;

        Stage(String label, Class<? extends Record> configType, Predicate<Path> hasResult) {
            this.label = label;
            this.configType = configType;
            this.hasResult = hasResult;
        }

        /** The name, such as {@code clip-eval}. */
        public String label() {
            return label;
        }

        Class<? extends Record> configType() {
            return configType;
        }

        /** Whether a folder has the result of this stage, and no state of a training that has not ended. */
        public boolean isFinished(Path folder) {
            return hasResult.test(folder)
                    && TrainingState.readProgress(folder)
                            .map(TrainingState.Progress::finished)
                            .orElse(true);
        }

        /** The stage of a name such as {@code clip-eval}. */
        public static Stage of(String name) {
            return Arrays.stream(values())
                    .filter(stage -> stage.label.equals(name))
                    .findFirst()
                    .orElseThrow(() -> new UsageException(
                            "There is no training stage '%s'; the stages are %s.",
                            name,
                            Arrays.stream(values()).map(stage -> stage.label).collect(Collectors.joining(", "))));
        }

        /** The shipped configuration merged with a file, or alone if that is null, with a comment for each key. */
        public String printConfig(Path configFile) {
            return TrainConfigs.print(label, configFile, configType);
        }
    }

    /**
     * The files and folders of a run.
     *
     * @param output folder of the training's state, metrics and weights
     * @param config a file that is merged over the stage's configuration; null: none
     * @param corpus folder of the corpus' assets
     */
    public record Paths(Path output, Path config, Path corpus) {}

    private static final int VOCABULARY_SIZE = 1500, VOCABULARY_EXAMPLES = 20_000;
    private static final int DOMAIN_IMAGE_SIZE = 128; // no image is rendered

    private TrainRunner() {}

    /** Trains a stage, resuming an earlier run in the output folder; returns the number of steps done. */
    public static long run(Stage stage, Paths paths, TrainingListener listener, DataParallel dataParallel) {
        IntFunction<Corpus> corpus = size -> Corpus.open(paths.corpus, size, TaskMix.JOINT, listener);
        return switch (stage) {
            case VAE -> trainVae(paths, corpus, listener, dataParallel);
            case CLIP, CLIP_EVAL -> trainClip(stage, paths, corpus, listener, dataParallel);
            case MIGE -> {
                MigeTrainingConfig config = load(stage, paths, MigeTrainingConfig.class, dataParallel);
                if (dataParallel.rank() == 0 && config.lora() == null) writeDomain(config, paths.output, corpus);
                yield MigeTraining.run(config, paths.output, corpus, listener, dataParallel);
            }
        };
    }

    /** See {@link MigeTraining#heldOutLosses}, with the configuration of a run of the stage {@code mige}. */
    public static List<HeldOutLoss> heldOutLosses(
            Paths paths, Initialization weights, int draws, TrainingListener listener) {
        return MigeTraining.heldOutLosses(
                load(Stage.MIGE, paths, MigeTrainingConfig.class, DataParallel.SINGLE_PROCESS),
                paths.output,
                weights,
                size -> Corpus.open(paths.corpus, size, TaskMix.JOINT, listener),
                draws,
                listener);
    }

    private static <C extends Record> C load(Stage stage, Paths paths, Class<C> type, DataParallel dataParallel) {
        C config = TrainConfigs.load(stage.label, paths.config, type);
        if (!dataParallel.isSameEverywhere(config.toString()))
            throw new UsageException("The machines have different configurations: start all with the same --config, and"
                    + " name the dtype in it where only some processors compute in bfloat16.");
        return config;
    }

    private static boolean hasModelOrLora(Path folder) {
        return ModelExport.isComplete(folder) || LoraExport.isComplete(folder);
    }

    /** Writes what the model will know into its folder. */
    private static void writeDomain(MigeTrainingConfig config, Path output, IntFunction<Corpus> corpus) {
        ModelDomain domain = config.data().dataset().domain(() -> corpus.apply(DOMAIN_IMAGE_SIZE));
        if (!domain.equals(ModelDomain.UNKNOWN))
            AtomicFile.write(output.resolve(ModelExport.FOLDER).resolve(ModelDomain.FILE_NAME), domain.toJson());
    }

    private static long trainVae(
            Paths paths, IntFunction<Corpus> corpus, TrainingListener listener, DataParallel dataParallel) {
        VaeTraining.Config config = load(Stage.VAE, paths, VaeTraining.Config.class, dataParallel);
        CorpusAtSize opened = new CorpusAtSize(corpus, config.data().imageSize());
        return VaeTraining.run(
                config,
                paths.output,
                i -> VaeTrainingImages.of(opened.get(), config.seed(), i),
                listener,
                dataParallel);
    }

    private static long trainClip(
            Stage stage,
            Paths paths,
            IntFunction<Corpus> corpus,
            TrainingListener listener,
            DataParallel dataParallel) {
        ClipTraining.Config config = load(stage, paths, ClipTraining.Config.class, dataParallel);
        CorpusAtSize opened = new CorpusAtSize(corpus, config.data().imageSize());
        byte[] vocabulary = VocabularyBuilder.readOrBuild(
                paths.output,
                () -> VocabularyBuilder.build(
                        opened.get(), VocabularyBuilder.PROMPTS, VOCABULARY_EXAMPLES, VOCABULARY_SIZE));
        return ClipTraining.run(config, paths.output, vocabulary, opened::get, listener, dataParallel);
    }

    /**
     * Starts {@code processes - 1} further processes that train the same stage on this machine, and waits for the other
     * machines; closing the result waits for the processes of this machine.
     */
    public static DataParallel launch(Cluster cluster, int processes, Stage stage, Paths paths) {
        if (processes < 1) throw new UsageException("%d processes were requested, expected at least 1.", processes);
        return DistributedProcess.launch(cluster, processes, TrainRunner.class, workerArguments(stage, paths));
    }

    /** Whether a training in this folder has saved a state, from which it goes on. */
    public static boolean hasBegun(Path folder) {
        return TrainingState.readProgress(folder).isPresent();
    }

    /** Whether a process trains in this folder now. */
    public static boolean isInUse(Path folder) {
        return Trainer.isInUse(folder);
    }

    static List<String> workerArguments(Stage stage, Paths paths) {
        List<String> arguments =
                new ArrayList<>(List.of(stage.label, paths.output.toString(), paths.corpus.toString()));
        if (paths.config != null) arguments.add(paths.config.toString());
        return arguments;
    }

    static Paths parsePaths(String... arguments) {
        return new Paths(
                Path.of(arguments[1]), arguments.length > 3 ? Path.of(arguments[3]) : null, Path.of(arguments[2]));
    }

    /** A worker process of {@link #launch}: {@code STAGE OUTPUT CORPUS [CONFIG]}. */
    public static void main(String[] arguments) {
        try (DataParallel dataParallel = DistributedProcess.fromSystemProperties()) {
            run(Stage.of(arguments[0]), parsePaths(arguments), TrainingListener.NONE, dataParallel);
        } catch (UsageException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        } catch (PeerLostException | CancelledException e) { // the process that started this one reports it
            System.exit(1);
        }
    }
}
