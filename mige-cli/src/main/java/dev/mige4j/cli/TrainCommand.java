package dev.mige4j.cli;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.CorpusDownloader;
import dev.mige4j.train.TrainRunner;
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

/** {@code mige train}: trains one stage of a model. */
@Command(
        name = "train",
        description = "Trains one stage of a model; run the same command again to resume exactly where it stopped.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige corpus fetch",
            "  mige train vae -o runs/vae",
            "  mige train clip -o runs/clip --config mine.json",
            "  mige train clip --print-config > mine.json      (the default config, to edit)"
        })
final class TrainCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "STAGE",
            description =
                    "vae, clip or mige, in this order; clip-eval is a second CLIP model used only for evaluation.")
    private String stage;

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
            description = "Number of data-parallel processes. Default: ${DEFAULT-VALUE}.")
    private int processes;

    @Option(names = "--print-config", description = "Print the config instead of training.")
    private boolean printConfig;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (configFile != null && !Files.isReadable(configFile))
            throw new UsageException("%s: no such file", configFile);
        TrainRunner.Stage trainingStage = TrainRunner.Stage.of(stage);
        if (printConfig) {
            out.println(trainingStage.printConfig(configFile).stripTrailing());
            return 0;
        }
        if (folder == null) throw new UsageException("The run folder is missing; name one with -o.");
        TrainRunner.Paths paths = new TrainRunner.Paths(
                OutputFiles.createFolder(folder.toAbsolutePath()),
                configFile,
                corpusOption == null ? CorpusDownloader.defaultFolder() : corpusOption);
        TrainingListener listener =
                quietOption.isQuiet() ? (item, done, total) -> !CancelFlag.isCancelled() : new TrainingProgress(out);
        try (DataParallel dataParallel = TrainRunner.launch(processes, trainingStage, paths)) {
            TrainRunner.run(trainingStage, paths, listener, dataParallel);
        } catch (CancelledException e) {
            return reportCancelled();
        }
        return CancelFlag.isCancelled() ? reportCancelled() : 0;
    }

    private int reportCancelled() {
        spec.commandLine().getErr().println("mige: stopped; run the same command to resume");
        return 130;
    }
}
