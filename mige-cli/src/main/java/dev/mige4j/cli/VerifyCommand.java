package dev.mige4j.cli;

import dev.mige4j.common.CancelledException;
import dev.mige4j.parity.BundledGoldens;
import dev.mige4j.parity.ParityCase;
import dev.mige4j.parity.ParityReport;
import dev.mige4j.parity.ParitySuite;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige verify}: compares every component with golden files of the reference implementation. */
@Command(
        name = "verify",
        description = "Compares every component with golden files of the reference implementation. Prints one line per"
                + " case and"
                + " the totals; the exit code is 1 if a case fails.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {"  mige verify", "  mige verify --reference goldens --filter dpm_solver"})
final class VerifyCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--reference",
            paramLabel = "FOLDER",
            description =
                    "Folder of golden files (.safetensors and .json, in any sub-folders) to use instead of the bundled"
                            + " ones.")
    private Path goldenFolder;

    @Option(
            names = "--filter",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Run only the cases whose name contains this text.")
    private String nameFilter;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Override
    public Integer call() {
        if (goldenFolder != null) return verify(goldenFolder);
        try (BundledGoldens goldens = BundledGoldens.open()) {
            return verify(goldens.folder());
        }
    }

    private int verify(Path folder) {
        PrintWriter out = spec.commandLine().getOut();
        TransferProgressBar progressBar =
                new TransferProgressBar(spec.commandLine().getErr(), false, TransferProgressBar.Unit.STEPS);
        List<ParityCase> cases = ParitySuite.discover(folder).stream()
                .filter(goldenCase -> goldenCase.name().contains(nameFilter))
                .toList();
        AtomicInteger done = new AtomicInteger();
        ParityReport report = ParitySuite.run(cases, result -> {
            progressBar.clear();
            out.println(result.summaryLine());
            out.flush();
            if (!progressBar.onProgress("cases", done.incrementAndGet(), cases.size()))
                throw new CancelledException("cancelled after %d of %d cases", done.get(), cases.size());
        });
        progressBar.clear();
        out.println(report.summary());
        return report.allPassed() ? 0 : 1;
    }
}
