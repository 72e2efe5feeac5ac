package dev.mige4j.cli;

import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.eval.EvaluationResult;
import dev.mige4j.eval.NanoEvaluation;
import dev.mige4j.eval.nano.NanoSuite;
import java.io.PrintWriter;
import java.nio.file.Path;
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

/** {@code mige eval}: evaluates models on benchmarks. */
@Command(
        name = "eval",
        description = "Evaluates models on benchmarks.",
        mixinStandardHelpOptions = true,
        subcommands = EvalCommand.NanoEvalCommand.class)
final class EvalCommand {

    @Command(
            name = "nano",
            description =
                    "Evaluates models on the held-out samples of nano-MIGEBench and writes a table, JSON and an HTML"
                            + " report.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExamples:%n",
            footer = {
                "  mige corpus fetch",
                "  mige eval nano --items 50 --clip runs/clip-eval -o evaluation      (run again to resume)",
                "  mige eval nano --rules VARIED --items 50 --clip runs/clip-eval -o evaluation-varied",
                "  mige eval nano --model new=runs/mige/model --model old=models/old --suite EDIT -o evaluation"
            })
    static final class NanoEvalCommand implements Callable<Integer> {

        @Spec
        private CommandSpec spec;

        @Option(
                names = "--model",
                paramLabel = "NAME=FOLDER",
                description = "A model folder and its name in the report; may be given several times. Default: the"
                        + " embedded model.")
        private Map<String, Path> models = new LinkedHashMap<>();

        @Option(
                names = "--rules",
                paramLabel = "RULES",
                defaultValue = "STRICT",
                description = "STRICT: what words and images do not say is always the same, as the embedded model was"
                        + " trained; VARIED: sizes, places and poses vary freely, which is harder. Default:"
                        + " ${DEFAULT-VALUE}.")
        private CorpusRules rules;

        @Option(
                names = "--items",
                paramLabel = "N",
                defaultValue = "200",
                description = "Number of samples per suite. Default: ${DEFAULT-VALUE}.")
        @Range(min = 1)
        private int limit;

        @Option(
                names = "--skip",
                paramLabel = "N",
                defaultValue = "0",
                description =
                        "Number of samples per suite to leave out, from the first: --skip 180 --items 20 to choose"
                                + " settings on samples that are not reported. Default: ${DEFAULT-VALUE}.")
        @Range(min = 0)
        private int skip;

        @Option(
                names = "--suite",
                paramLabel = "SUITE",
                description = "One of ${COMPLETION-CANDIDATES}; may be given several times. Default: all.")
        private List<NanoSuite> suites = List.of();

        @Option(
                names = "--clip",
                paramLabel = "FOLDER",
                description = "Folder of the evaluation CLIP model (mige train clip-eval); without it the identity and"
                        + " text metrics are"
                        + " left out.")
        private Path clipFolder;

        @Option(
                names = "--report-samples",
                paramLabel = "N",
                defaultValue = "12",
                description = "Number of samples per suite in the HTML report. Default: ${DEFAULT-VALUE}.")
        @Range(min = 0)
        private int reportSamples;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FOLDER",
                required = true,
                description = "Output folder.")
        private Path folder;

        @Mixin
        @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
        private DeviceOption deviceOption;

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
            settingsOptions.rejectSize();
            NanoEvaluation.Config config = new NanoEvaluation.Config(
                    models,
                    settingsOptions.toSettings(),
                    new NanoEvaluation.Samples(rules, Set.copyOf(suites), skip, limit, corpusOption.folder()),
                    Optional.ofNullable(clipFolder),
                    new NanoEvaluation.Output(OutputFiles.ownFolder(folder.toAbsolutePath(), "eval"), reportSamples));
            TransferProgressBar progressBar = new TransferProgressBar(err, quiet, TransferProgressBar.Unit.STEPS);
            EvaluationResult outcome = NanoEvaluation.run(config, progressBar);
            progressBar.clear();
            out.println(outcome.table());
            out.println(outcome.htmlFile());
            if (outcome.completed()) return 0;
            err.println("mige: stopped; run the same command to resume");
            return 130;
        }
    }
}
