package dev.mige4j.cli;

import dev.mige4j.eval.TeachingExperiment;
import dev.mige4j.pipeline.Mige;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige experiment teach}: what teaching achieves, and what it makes a model forget. */
@Command(
        name = "teach",
        description = "Teaches the first subjects of the corpus that training held out, one at a time, and measures the"
                + " identity of requests for them before and after, and nano-MIGEBench before and after. Run again to"
                + " resume.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige corpus fetch",
            "  mige experiment teach --clip runs/clip-eval -o taught",
            "  mige experiment teach --clip runs/clip-eval --subjects 2 --items 0 --fast -o trial"
        })
final class ExperimentTeachCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description = "Output folder: table.txt, results.json, and a folder for each subject.")
    private Path output;

    @Option(
            names = "--clip",
            paramLabel = "PATH",
            required = true,
            description = "CLIP model of the metrics: a folder of mige train clip-eval.")
    private Path clip;

    @Option(
            names = "--subjects",
            paramLabel = "N",
            defaultValue = "10",
            description = "Number of subjects. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1)
    private int subjects;

    @Option(
            names = "--requests",
            paramLabel = "N",
            defaultValue = "20",
            description = "Requests for each subject, an even number: half of them say its name, half show it. Default:"
                    + " ${DEFAULT-VALUE}.")
    @Range(min = 2)
    private int requests;

    @Option(
            names = "--items",
            paramLabel = "N",
            defaultValue = "10",
            description = "Samples of each suite of nano-MIGEBench, strict and without chains; 0: leave it out."
                    + " Default: ${DEFAULT-VALUE}.")
    @Range(min = 0)
    private int items;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "5",
            description = "Minutes in which each subject is taught. Default: ${DEFAULT-VALUE}.")
    private double minutes;

    @Option(
            names = "--training-steps",
            paramLabel = "N",
            defaultValue = "0",
            description = "Steps of the training instead of minutes, the same on every machine; --steps are those of"
                    + " the solver. Default: by --minutes.")
    @Range(min = 0)
    private long steps;

    @Mixin
    private TeachingOptions teachingOptions;

    @Mixin
    private ModelOption modelOption;

    @Mixin
    private SettingsOptions settingsOptions;

    @Mixin
    private CorpusCommand.CorpusFolderOption corpusOption;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        settingsOptions.rejectSettingsOfOneImage();
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        boolean quiet = quietOption.isQuiet();
        TransferProgressBar bar = new TransferProgressBar(err, quiet, TransferProgressBar.Unit.STEPS);
        try (Mige base = modelOption.open(err, quiet)) {
            TeachingExperiment.Result result = TeachingExperiment.run(
                    new TeachingExperiment.Config(
                            base,
                            modelOption.isEmbedded() ? null : Path.of(modelOption.model),
                            corpusOption.folder(),
                            clip,
                            OutputFiles.ownFolder(output.toAbsolutePath(), "experiment"),
                            teachingOptions.config("subject", false, minutes, steps, 0),
                            subjects,
                            requests,
                            items,
                            settingsOptions.toSettings()),
                    bar);
            bar.clear();
            out.println(result.table());
            if (result.completed()) return 0;
            err.println("mige: stopped; run the same command to resume");
            return 130;
        } finally {
            bar.clear();
        }
    }
}
