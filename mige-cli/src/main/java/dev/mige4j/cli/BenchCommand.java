package dev.mige4j.cli;

import dev.mige4j.eval.InferenceBenchmark;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige bench}: measures inference speed. */
@Command(
        name = "bench",
        description =
                "Measures the encoder, one denoising step and the decoder with random weights, beside the rate of a"
                        + " matrix"
                        + " product on the same machine.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {"  mige bench", "  mige bench --size xl --runs 2      (4 GB of memory, some minutes)"})
final class BenchCommand implements Callable<Integer> {

    enum BenchSize {
        nano,
        xl,
        both
    }

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            defaultValue = "nano",
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private BenchSize size;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Runs per stage after one warm-up run; the median is printed. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1)
    private int runs;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.println(InferenceBenchmark.TABLE_HEADER);
        InferenceBenchmark benchmark = new InferenceBenchmark();
        if (size != BenchSize.xl) run(benchmark, InferenceBenchmark.ModelSize.NANO);
        if (size != BenchSize.nano) run(benchmark, InferenceBenchmark.ModelSize.XL);
        return 0;
    }

    private void run(InferenceBenchmark benchmark, InferenceBenchmark.ModelSize modelSize) {
        PrintWriter out = spec.commandLine().getOut();
        TransferProgressBar progressBar =
                new TransferProgressBar(spec.commandLine().getErr(), false, TransferProgressBar.Unit.STEPS);
        benchmark.run(
                modelSize,
                runs,
                timing -> {
                    progressBar.clear();
                    out.println(timing.formatRow());
                    out.flush();
                },
                progressBar);
        progressBar.clear();
    }
}
