package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.eval.claims.ClaimsExperiment;
import dev.mige4j.train.logging.TrainingListener;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige experiment claims}: the claims of the paper, tested by ablations. */
@Command(
        name = "claims",
        description = "Tests the claims of the MIGE paper: trains joint, on editing only, on subjects only, without"
                + " feature fusion, with text-only instructions, and without subject-driven edits, from the same"
                + " initial weights and with the same budget; evaluates all and says which claims the results support."
                + " Run the same command again to continue, or at the same time in another process to share the"
                + " trainings.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige corpus fetch",
            "  mige train clip-eval -o runs/clip-eval",
            "  mige experiment claims -o claims --seeds 2 --clip runs/clip-eval",
            "  mige experiment claims -o claims-gpu --seeds 3 --clip runs/clip-eval \\",
            "      --recipe claims-gpu --device cuda"
        })
final class ExperimentClaimsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description = "Folder of the trainings, the evaluation, the tables and the page.")
    private Path folder;

    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            defaultValue = "claims-cpu",
            description = "claims-cpu (64 pixels, 40,000 samples of the denoiser in each training) or claims-gpu (128"
                    + " pixels, the sizes of the embedded model, 1,024,000 samples). Default: ${DEFAULT-VALUE}.")
    private String recipe;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "2",
            description = "Trainings of each variant, with seeds 1 to N. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1)
    private int seeds;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description = "Minutes of all trainings together; each gets the same. Default: by samples.")
    @Range(min = 0, max = 1e6)
    private double minutes;

    @Option(
            names = "--samples",
            paramLabel = "N",
            description = "Samples of the denoiser in each training. Default: as the recipe says.")
    @Range(min = 0)
    private int samples;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "JSON file that overrides keys of the recipe: those of mige train mige --print-config.")
    private Path configFile;

    @Option(
            names = "--items",
            paramLabel = "N",
            defaultValue = "60",
            description = "Samples of each suite of the benchmark, the first ones. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1)
    private int items;

    @Option(
            names = "--shown",
            paramLabel = "N",
            defaultValue = "8",
            description = "Samples of each suite whose images the page shows, the first ones. Default:"
                    + " ${DEFAULT-VALUE}.")
    @Range(min = 0)
    private int shown;

    @Option(
            names = "--clip",
            paramLabel = "PATH",
            description = "CLIP model of the metrics: a folder of mige train clip-eval; without it, identity and most"
                    + " success rates are not measured, and claims about them are not decided.")
    private Path clipModel;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Mixin
    private CorpusCommand.CorpusFolderOption corpusOption;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (configFile != null && !Files.isReadable(configFile))
            throw new UsageException("%s: no such file", configFile);
        if (clipModel != null && !Files.exists(clipModel)) // needed after hours of training
        throw new UsageException("%s: no such file or folder; --clip takes a CLIP model.", clipModel);
        ClaimsExperiment.Config config = new ClaimsExperiment.Config(
                folder.toAbsolutePath(),
                recipe,
                configFile,
                seeds,
                minutes,
                samples,
                items,
                shown,
                Optional.ofNullable(clipModel),
                corpusOption.folder());
        OutputFiles.ownFolder(config.output(), "experiment");
        TrainingListener listener =
                quietOption.isQuiet() ? (item, done, total) -> !CancelFlag.isCancelled() : new TrainingProgress(out);
        ClaimsExperiment.Result result = ClaimsExperiment.run(config, listener);
        out.print(result.table());
        out.flush();
        if (!result.completed()) {
            spec.commandLine().getErr().println("mige: not finished; run the same command to continue");
            return CancelFlag.isCancelled() ? 130 : 1;
        }
        out.println(result.page());
        return 0;
    }
}
