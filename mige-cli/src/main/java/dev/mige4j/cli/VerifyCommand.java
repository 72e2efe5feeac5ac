package dev.mige4j.cli;

import dev.mige4j.parity.ParityReport;
import dev.mige4j.parity.ParitySuite;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige verify}: this implementation beside the reference's goldens. */
@Command(
        name = "verify",
        description =
                "Compares every component with the reference's goldens in a folder: a line a case, then the count; exit code 1 on any failure.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {"  mige verify --reference ../shared/reference", "  mige verify --reference goldens --only dpm_solver"
        })
final class VerifyCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--reference",
            paramLabel = "FOLDER",
            required = true,
            description = "Goldens: .safetensors and .json files, in any sub-folders.")
    private Path goldenFolder;

    @Option(
            names = "--only",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Run the cases whose name holds this text only.")
    private String nameFilter;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        ParityReport report = ParitySuite.run(
                ParitySuite.discover(goldenFolder).stream()
                        .filter(goldenCase -> goldenCase.name().contains(nameFilter))
                        .toList(),
                outcome -> {
                    out.println(outcome.summaryLine());
                    out.flush();
                });
        out.println(report.summary());
        return report.allPassed() ? 0 : 1;
    }
}
