package dev.mige4j.cli;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.eval.EvaluationResult;
import java.nio.file.Path;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The output folder of {@code mige eval}, and what is printed. */
final class EvaluationOutput {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description = "Output folder.")
    private Path folder;

    @Option(
            names = "--report-samples",
            paramLabel = "N",
            defaultValue = "12",
            description = "Number of samples per suite in the HTML report. Default: ${DEFAULT-VALUE}.")
    @Range(min = 0)
    private int reportSamples;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print the table only.")
    private boolean quiet;

    boolean isQuiet() {
        return quiet;
    }

    int reportSamples() {
        return reportSamples;
    }

    /** The folder, created and marked as one whose files an evaluation replaces. */
    Path folder() {
        return OutputFiles.ownFolder(folder.toAbsolutePath(), "eval");
    }

    /** Runs an evaluation with a progress bar, prints its table, and returns the exit code. */
    int run(Function<ProgressListener, EvaluationResult> evaluation) {
        var err = spec.commandLine().getErr();
        TransferProgressBar progressBar = new TransferProgressBar(err, quiet, TransferProgressBar.Unit.STEPS);
        EvaluationResult result;
        try {
            result = evaluation.apply(progressBar);
        } finally {
            progressBar.clear();
        }
        spec.commandLine().getOut().println(result.table());
        spec.commandLine().getOut().println(result.htmlFile());
        if (result.completed()) return 0;
        err.println("mige: stopped; run the same command to resume");
        return 130;
    }
}
