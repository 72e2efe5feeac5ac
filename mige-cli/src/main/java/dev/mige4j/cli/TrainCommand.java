package dev.mige4j.cli;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.CorpusDownloader;
import dev.mige4j.train.TrainRunner;
import dev.mige4j.train.TrainingRecipe;
import dev.mige4j.train.distributed.Cluster;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.TrainingListener;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige train}: trains a stage of a model, or all. */
@Command(
        name = "train",
        description = "Trains a stage of a model, or all; run the same command again to resume where it stopped.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige corpus fetch",
            "  mige train all --minutes 480 -o runs/nano",
            "  mige train vae -o runs/vae",
            "  mige train clip -o runs/clip --config mine.json",
            "  mige train clip --print-config > mine.json      (the default config, to edit)",
            "  mige train mige -o runs/mige --nnodes 2 --node-rank 0 --rendezvous 10.0.0.5:29500",
            "      (on the machine 10.0.0.5; on a second one the same with --node-rank 1)"
        })
final class TrainCommand implements Callable<Integer> {

    private static final String ALL = "all";

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "STAGE",
            description = "vae, clip or mige, in this order; clip-eval is a second CLIP model used only for evaluation;"
                    + " all: one after another, each in its own folder.")
    private String stage;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description = "all: minutes of training, divided among the stages that are not finished. Default: the"
                    + " schedules of the config.")
    @Range(min = 0, max = 1e6)
    private double minutes;

    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            description = "all: " + TrainingRecipe.CPU + " (hours on two cores), " + TrainingRecipe.GPU
                    + " (minutes of a large GPU) or " + TrainingRecipe.GPU_VARIED
                    + " (the same, goes on from the embedded model with varied examples). Default: "
                    + TrainingRecipe.CPU + ".")
    private String recipe;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Run folder: state, metrics, validation images and weights.")
    private Path folder;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "JSON file that overrides keys of the default config.")
    private Path configFile;

    @Option(
            names = "--cache",
            paramLabel = "FOLDER",
            description =
                    "Folder of the downloaded icon packages. Default: MIGE_CORPUS, else" + " ~/.cache/mige/corpus.")
    private Path corpusOption;

    @Option(
            names = "--nproc",
            paramLabel = "N",
            defaultValue = "1",
            description = "Number of data-parallel processes on this machine. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1)
    private int processes;

    @Option(
            names = "--nnodes",
            paramLabel = "N",
            defaultValue = "1",
            description = "A stage: number of machines that train it together; start the command on each."
                    + " Default: ${DEFAULT-VALUE}.")
    @Range(min = 1)
    private int nodes;

    @Option(
            names = "--node-rank",
            paramLabel = "R",
            defaultValue = "0",
            description = "Index of this machine, from 0; the first one writes the results. Default: ${DEFAULT-VALUE}.")
    @Range(min = 0)
    private int nodeRank;

    @Option(
            names = "--rendezvous",
            paramLabel = "HOST:PORT",
            description = "Address of the first machine, in the same private network for all, and a free port of it.")
    private String rendezvous;

    @Option(names = "--print-config", description = "Print the config instead of training.")
    private boolean printConfig;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (configFile != null && !Files.isReadable(configFile))
            throw new UsageException("%s: no such file", configFile);
        TrainingRecipe trainingRecipe = null;
        TrainRunner.Stage trainingStage = null;
        if (stage.equals(ALL))
            trainingRecipe = TrainingRecipe.load(recipe == null ? TrainingRecipe.CPU : recipe, configFile);
        else if (recipe != null || minutes != 0)
            throw new UsageException(
                    "--recipe and --minutes belong to 'mige train all'; a stage has trainer.schedule.minutes.");
        else trainingStage = TrainRunner.Stage.of(stage);
        if (printConfig) {
            String config = trainingRecipe != null ? trainingRecipe.print() : trainingStage.printConfig(configFile);
            out.println(config.stripTrailing());
            return 0;
        }
        Cluster cluster = cluster();
        if (folder == null) throw new UsageException("The run folder is missing; name one with -o.");
        TrainRunner.Paths paths = new TrainRunner.Paths(
                OutputFiles.ownFolder(folder.toAbsolutePath(), "train"),
                configFile,
                corpusOption == null ? CorpusDownloader.defaultFolder() : corpusOption);
        CancelFlag.expectTrainingSteps();
        TrainingListener listener =
                quietOption.isQuiet() ? (item, done, total) -> !CancelFlag.isCancelled() : new TrainingProgress(out);
        try {
            if (trainingRecipe != null)
                trainingRecipe.train(minutes, paths.output(), paths.corpus(), processes, listener);
            else trainStage(cluster, trainingStage, paths, listener);
        } catch (CancelledException e) {
            return reportCancelled();
        }
        return CancelFlag.isCancelled() ? reportCancelled() : 0;
    }

    private Cluster cluster() {
        if (nodes == 1) {
            if (nodeRank > 0 || rendezvous != null)
                throw new UsageException("--node-rank and --rendezvous need --nnodes, the number of machines.");
            return Cluster.SINGLE_MACHINE;
        }
        if (stage.equals(ALL))
            throw new UsageException("--nnodes belongs to a stage: vae, clip, mige or clip-eval, one after another.");
        if (rendezvous == null)
            throw new UsageException(
                    "--nnodes %d needs --rendezvous HOST:PORT, the address of the first machine.", nodes);
        return Cluster.of(nodes, nodeRank, rendezvous);
    }

    private void trainStage(
            Cluster cluster, TrainRunner.Stage trainingStage, TrainRunner.Paths paths, TrainingListener listener) {
        if (cluster.nodes() > 1) listener.onStage("joining %d machines at %s".formatted(cluster.nodes(), rendezvous));
        try (DataParallel dataParallel = TrainRunner.launch(cluster, processes, trainingStage, paths)) {
            TrainRunner.run(trainingStage, paths, listener, dataParallel);
        }
    }

    private int reportCancelled() {
        spec.commandLine().getErr().println("mige: stopped; run the same command to resume");
        return 130;
    }
}
