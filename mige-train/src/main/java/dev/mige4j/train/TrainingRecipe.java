package dev.mige4j.train;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Engine;
import dev.mige4j.train.TrainRunner.Stage;
import dev.mige4j.train.config.ConfigKey;
import dev.mige4j.train.config.TrainConfigs;
import dev.mige4j.train.distributed.Cluster;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.TrainingListener;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Trains a model, all stages one after another: {@code mige train all}. Most recipes start from random weights;
 * {@link #GPU_VARIED} goes on from the embedded model.
 *
 * <p>Each stage has a folder of its own in the run folder and goes on where it stopped. A folder with the result of a
 * stage and no state of an unfinished training is taken as it is, so results of other runs can be copied there.
 */
public final class TrainingRecipe {

    /** The recipes that ship, and the default. */
    public static final String CPU = "nano-cpu", GPU = "nano-gpu", GPU_VARIED = "nano-gpu-varied";

    private static final List<String> NAMES = List.of(CPU, GPU, GPU_VARIED);

    /** The configuration of all stages. */
    public record Config(
            @ConfigKey("share of the time for each stage, in any unit; 0: the stage is left out")
            Shares shares,

            @ConfigKey("the stage vae") VaeTraining.Config vae,
            @ConfigKey("the stage clip") ClipTraining.Config clip,
            @ConfigKey("the stage clip-eval") ClipTraining.Config clipEval,
            @ConfigKey("the stage mige") MigeTrainingConfig mige) {}

    /** Shares of the time. */
    public record Shares(
            @ConfigKey("autoencoder") double vae,
            @ConfigKey("vision encoder and vocabulary") double clip,

            @ConfigKey("second CLIP model, for the evaluation")
            double clipEval,

            @ConfigKey("encoder and denoiser") double mige) {}

    private static final Map<Stage, String> KEYS =
            Map.of(Stage.VAE, "vae", Stage.CLIP, "clip", Stage.CLIP_EVAL, "clipEval", Stage.MIGE, "mige");

    private final TrainConfigs.Recipe config;

    private TrainingRecipe(TrainConfigs.Recipe config) {
        this.config = config;
    }

    /**
     * Reads a recipe.
     *
     * @param name {@link #CPU}, {@link #GPU} or {@link #GPU_VARIED}
     * @param file merged over the recipe; null: none
     */
    public static TrainingRecipe load(String name, Path file) {
        if (!NAMES.contains(name))
            throw new UsageException("There is no recipe '%s'; the recipes are %s.", name, String.join(", ", NAMES));
        Map<String, String> stages = new LinkedHashMap<>();
        for (Stage stage : Stage.values()) stages.put(KEYS.get(stage), stage.label());
        return new TrainingRecipe(TrainConfigs.loadRecipe(name, file, stages, Config.class));
    }

    /** The configuration of all stages, with a comment for each key. */
    public String print() {
        return config.print();
    }

    /**
     * Trains the stages that are not finished.
     *
     * @param minutes of the whole training, of which time that stages have used in earlier runs counts; they are
     *     divided among the stages that remain; 0: each stage trains as long as its schedule says
     * @param output the run folder; each stage has a folder in it
     * @param corpus folder of the corpus' assets
     * @return whether all stages are finished; false when the listener stopped one
     */
    public boolean train(double minutes, Path output, Path corpus, int processes, TrainingListener listener) {
        if (!(minutes >= 0)) throw new UsageException("%s minutes were requested, expected more than 0.", minutes);
        for (Stage stage : Stage.values()) {
            if (share(stage) == 0) continue;
            Path folder = output.resolve(stage.label());
            if (stage.isFinished(folder)) {
                listener.onStage(stage.label() + ": finished");
                continue;
            }
            double stageMinutes = minutes == 0 ? 0 : minutesFor(stage, minutes, output);
            listener.onStage(stage.label() + (minutes == 0 ? "" : formatMinutes(stageMinutes)));
            Path configFile = folder.resolve("config.json");
            AtomicFile.write(configFile, config.printStage(KEYS.get(stage), stageMinutes, stage.configType()));
            trainStage(stage, new TrainRunner.Paths(folder, configFile, corpus), processes, listener);
            if (!stage.isFinished(folder)) return false;
        }
        return true;
    }

    private static String formatMinutes(double minutes) {
        return String.format(Locale.ROOT, ": %.1f minutes", minutes);
    }

    private static void trainStage(Stage stage, TrainRunner.Paths paths, int processes, TrainingListener listener) {
        int threads = Engine.instance().numThreads();
        try (DataParallel dataParallel = TrainRunner.launch(Cluster.SINGLE_MACHINE, processes, stage, paths)) {
            TrainRunner.run(stage, paths, listener, dataParallel);
        } finally {
            Engine.instance().setNumThreads(threads);
        }
    }

    private double share(Stage stage) {
        double share = config.number("shares." + KEYS.get(stage));
        if (!(share >= 0)) throw new UsageException("shares.%s is %s, expected at least 0.", KEYS.get(stage), share);
        return share;
    }

    /** The minutes of a stage in all its runs: its share of the time that finished stages have left. */
    private double minutesFor(Stage stage, double minutes, Path output) {
        double left = minutes, shares = 0;
        for (Stage other : Stage.values()) {
            Path folder = output.resolve(other.label());
            if (!other.isFinished(folder)) shares += share(other);
            else
                left -= TrainingState.readProgress(folder)
                                .map(TrainingState.Progress::seconds)
                                .orElse(0.0)
                        / 60;
        }
        if (!(left > 0))
            throw new UsageException(
                    "The finished stages in %s took %.1f minutes; give more than that in all.", output, minutes - left);
        return left * share(stage) / shares;
    }
}
