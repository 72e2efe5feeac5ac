package dev.mige4j.cli;

import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.eval.NanoEvaluation;
import dev.mige4j.eval.nano.NanoSuite;
import dev.mige4j.pipeline.Mige;
import java.nio.file.Path;
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

/** {@code mige eval nano}: the project's own benchmark. */
@Command(
        name = "nano",
        description = "Evaluates models on the held-out samples of nano-MIGEBench and writes a table, JSON and an HTML"
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
final class EvalNanoCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private EvaluatedModels models;

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
            description = "Number of samples per suite to leave out, from the first: --skip 180 --items 20 to choose"
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
            paramLabel = "PATH",
            description = "CLIP model of the metrics: a folder of mige train clip-eval or of the hub, or a file of"
                    + " OpenAI (ViT-B-32.pt); without it the identity and text metrics are left out.")
    private Path clipModel;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Mixin
    private SettingsOptions settingsOptions;

    @Mixin
    private CorpusCommand.CorpusFolderOption corpusOption;

    @Mixin
    private ReportOption reportOption;

    @Mixin
    private EvaluationOutput output;

    @Override
    public Integer call() {
        settingsOptions.rejectSettingsOfOneImage();
        Map<String, Mige> opened = models.open(spec.commandLine().getErr(), output.isQuiet());
        try {
            return output.run((folder, listener) -> NanoEvaluation.run(
                    new NanoEvaluation.Config(
                            opened,
                            settingsOptions.toSettings(),
                            new NanoEvaluation.Samples(rules, Set.copyOf(suites), skip, limit, corpusOption.folder()),
                            Optional.ofNullable(clipModel),
                            new NanoEvaluation.Output(folder, reportOption.samplesPerSuite())),
                    listener));
        } finally {
            opened.values().forEach(Mige::close);
        }
    }
}
