package dev.mige4j.cli;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.eval.EvaluationResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.BiFunction;
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
            names = {"-q", "--quiet"},
            description = "Print the table only.")
    private boolean quiet;

    boolean isQuiet() {
        return quiet;
    }

    /**
     * Runs an evaluation with a progress bar, and prints its table.
     *
     * @param evaluation gets the folder, created and marked as one whose files an evaluation replaces
     * @return the exit code
     */
    int run(BiFunction<Path, ProgressListener, EvaluationResult> evaluation) {
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        TransferProgressBar progressBar = new TransferProgressBar(err, quiet, TransferProgressBar.Unit.STEPS);
        EvaluationResult result;
        try {
            result = evaluation.apply(OutputFiles.ownFolder(folder.toAbsolutePath(), "eval"), progressBar);
        } finally {
            progressBar.clear();
        }
        out.println(result.table());
        out.println(result.htmlFile());
        if (result.completed()) return 0;
        err.println("mige: stopped; run the same command to resume");
        return 130;
    }
}
