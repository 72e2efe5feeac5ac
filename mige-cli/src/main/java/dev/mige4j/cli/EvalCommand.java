package dev.mige4j.cli;

import dev.mige4j.eval.BenchmarkSuite;
import dev.mige4j.eval.NanoEvaluation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige eval}: how good a model is. */
@Command(
        name = "eval",
        description = "Measures how good a model is.",
        mixinStandardHelpOptions = true,
        subcommands = EvalCommand.NanoEvalCommand.class)
final class EvalCommand {

    @Command(
            name = "nano",
            description =
                    "Asks nano-MIGEBench's held-out questions and writes a table, JSON and a page with the first pictures.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExamples:%n",
            footer = {
                "  mige corpus fetch",
                "  mige eval nano --items 50 --pair models/evaluation-pair -o evaluation      (again: goes on where it stopped)",
                "  mige eval nano --with new=runs/mige/model --with old=models/old --suite EDIT -o evaluation"
            })
    static final class NanoEvalCommand implements Callable<Integer> {

        @Spec
        private CommandSpec spec;

        @Option(
                names = "--with",
                paramLabel = "NAME=FOLDER",
                description = "A model and the name of its row; may be given several times. Default: the embedded one.")
        private Map<String, Path> models = new LinkedHashMap<>();

        @Option(
                names = "--items",
                paramLabel = "N",
                defaultValue = "200",
                description = "Questions of each suite, from the first on. Default: ${DEFAULT-VALUE}.")
        private int limit;

        @Option(
                names = "--suite",
                paramLabel = "SUITE",
                description = "One of ${COMPLETION-CANDIDATES}; may be given several times. Default: all.")
        private List<BenchmarkSuite> suites = List.of();

        @Option(
                names = "--pair",
                paramLabel = "FOLDER",
                description = "The evaluation pair (mige train clip); without it its figures are left out.")
        private Path clipFolder;

        @Option(
                names = "--shown",
                paramLabel = "N",
                defaultValue = "12",
                description = "Questions of each suite whose pictures stand on the page. Default: ${DEFAULT-VALUE}.")
        private int reportSamples;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FOLDER",
                required = true,
                description = "Where answers, table and page go.")
        private Path folder;

        @Mixin
        private SettingsOptions settingsOptions;

        @Mixin
        private CorpusCommand.CorpusFolderOption corpusOption;

        @Option(
                names = {"-q", "--quiet"},
                description = "Print the table only.")
        private boolean quiet;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut(),
                    err = spec.commandLine().getErr();
            Set<BenchmarkSuite> selectedSuites =
                    suites.isEmpty() ? EnumSet.allOf(BenchmarkSuite.class) : EnumSet.copyOf(suites);
            NanoEvaluation.Config config = new NanoEvaluation.Config(
                    models,
                    limit,
                    selectedSuites,
                    settingsOptions.toSettings(),
                    Optional.ofNullable(clipFolder),
                    corpusOption.folder(),
                    OutputFiles.createFolder(folder.toAbsolutePath()),
                    reportSamples);
            NanoEvaluation.EvaluationResult outcome = NanoEvaluation.run(config, (done, total, remaining, metrics) -> {
                if (!quiet)
                    err.println(done + "/" + total + ", " + ProgressBar.formatDuration(remaining.toMillis() / 1e3)
                            + " left");
                return !CancelFlag.isCancelled();
            });
            out.println(outcome.table());
            out.println(outcome.htmlFile());
            if (outcome.completed()) return 0;
            err.println("mige: stopped; the same command goes on from here");
            return 130;
        }
    }
}
