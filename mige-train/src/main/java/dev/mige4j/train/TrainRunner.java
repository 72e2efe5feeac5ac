package dev.mige4j.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.CorpusDownloader;
import dev.mige4j.train.config.TrainConfigs;
import dev.mige4j.train.dataset.VaeTrainingImages;
import dev.mige4j.train.dataset.VocabularyBuilder;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.TrainingListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Starts a stage of training from a shell: {@code java [-Dmige.nproc=N] ... mige.train.Run STAGE OUT [CONFIG.json]}.
 */
public final class TrainRunner {

    /** Pieces of the vocabulary that the stages share. */
    private static final int VOCABULARY_SIZE = 1500;

    private TrainRunner() {}

    /**
     * Trains a stage with its shipped recipe, a configuration file laid over it if given, into a folder; goes on where
     * it stopped.
     */
    public static long runStage(
            String stage, Path folder, Path configFile, Path corpusFolder, TrainingListener listener) {
        return runStage(stage, folder, configFile, corpusFolder, listener, DataParallel.SINGLE_PROCESS);
    }

    /** The same as one of a crew. */
    public static long runStage(
            String stage,
            Path folder,
            Path configFile,
            Path corpusFolder,
            TrainingListener listener,
            DataParallel dataParallel) {
        ObjectNode configJson = TrainConfigs.load(stage, configFile);
        switch (stage) {
            case "vae" -> {
                VaeTraining.Config config = TrainConfigs.bind(VaeTraining.Config.class, configJson);
                LazyCorpus corpus = new LazyCorpus(corpusFolder, config.imageSize());
                return VaeTraining.run(
                        config,
                        folder,
                        i -> VaeTrainingImages.of(corpus.get(), config.seed(), i),
                        listener,
                        dataParallel);
            }
            case "clip", "clip-eval" -> {
                ClipTraining.Config config = TrainConfigs.bind(ClipTraining.Config.class, configJson);
                LazyCorpus corpus = new LazyCorpus(corpusFolder, config.imageSize());
                byte[] vocabulary = VocabularyBuilder.readOrBuild(
                        folder,
                        () -> VocabularyBuilder.build(
                                corpus.get(), VocabularyBuilder.PROMPTS, 20_000, VOCABULARY_SIZE));
                return ClipTraining.run(config, folder, vocabulary, corpus::get, listener, dataParallel);
            }
            case "mige" -> {
                MigeTraining.Config config = TrainConfigs.bind(MigeTraining.Config.class, configJson);
                LazyCorpus corpus = new LazyCorpus(corpusFolder, config.model().imageSize());
                return MigeTraining.run(config, folder, corpus::get, listener, dataParallel);
            }
            default ->
                throw new UsageException(
                        "there is no stage '%s' to train; the stages are vae, clip, clip-eval and mige", stage);
        }
    }

    /** This process and {@code processes - 1} more that train the same stage. */
    public static DataParallel launch(int processes, String stage, Path folder, Path configFile) {
        if (processes < 1) throw new UsageException("%d processes are asked for, expected at least 1", processes);
        List<String> arguments = new java.util.ArrayList<>(List.of(stage, folder.toString()));
        if (configFile != null) arguments.add(configFile.toString());
        return DataParallel.launch(processes, TrainRunner.class, arguments);
    }

    /** Opens the corpus when it is first asked for: a training whose pictures are cached never does. */
    private static final class LazyCorpus {
        private final Path folder;
        private final int size;
        private Corpus corpus;

        LazyCorpus(Path folder, int size) {
            this.folder = folder;
            this.size = size;
        }

        synchronized Corpus get() {
            if (corpus == null) corpus = Corpus.open(folder, size);
            return corpus;
        }
    }

    public static void main(String[] arguments) {
        if (arguments.length < 2) {
            System.err.println("usage: Run STAGE OUT [CONFIG.json]");
            System.exit(2);
        }
        Path configFile = arguments.length > 2 ? Path.of(arguments[2]) : null;
        try (DataParallel dataParallel = System.getProperty("mige.crew") == null
                ? launch(Integer.getInteger("mige.nproc", 1), arguments[0], Path.of(arguments[1]), configFile)
                : DataParallel.fromSystemProperties()) {
            runStage(
                    arguments[0],
                    Path.of(arguments[1]),
                    configFile,
                    CorpusDownloader.defaultFolder(),
                    TrainRunner::printProgress,
                    dataParallel);
        } catch (UsageException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    private static boolean printProgress(long done, long total, Duration remaining, Map<String, Double> metrics) {
        StringBuilder line = new StringBuilder("%d/%d %d:%02d:%02d left"
                .formatted(done, total, remaining.toHours(), remaining.toMinutesPart(), remaining.toSecondsPart()));
        new TreeMap<>(metrics)
                .forEach((name, value) ->
                        line.append("  ").append(name).append(' ').append("%.4g".formatted(value)));
        System.out.println(line);
        return true;
    }
}
