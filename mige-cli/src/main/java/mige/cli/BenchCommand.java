package mige.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import mige.eval.Benchmark;
import mige.tensor.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige bench}: how fast this machine is. */
@Command(
        name = "bench",
        description = "Measures encoder, one denoising step and decoder beside the rate of a matrix product in the same minute; weights are random.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {"  mige bench", "  mige bench --size xl --runs 2      (4 GB of memory, some minutes)"})
final class BenchCommand implements Callable<Integer> {

    enum Size { nano, xl, both }

    @Spec private CommandSpec spec;

    @Option(names = "--size", paramLabel = "SIZE", defaultValue = "nano", description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Size size;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", description = "Runs of each stage, after one to warm up; medians are printed. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Override
    public Integer call() {
        if (runs < 1) throw new UsageException("%d runs are asked for, expected at least 1", runs);
        PrintWriter out = spec.commandLine().getOut();
        out.println(Benchmark.HEAD);
        Benchmark benchmark = new Benchmark();
        if (size != Size.xl) benchmark.run(Benchmark.Sizes.NANO, runs, row -> tell(out, row));
        if (size != Size.nano) benchmark.run(Benchmark.Sizes.XL, runs, row -> tell(out, row));
        return 0;
    }

    private static void tell(PrintWriter out, Benchmark.Row row) {
        out.println(row.line());
        out.flush();
    }
}
