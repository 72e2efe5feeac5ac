package dev.mige4j.cli;

import dev.mige4j.eval.benchmark.RecordBenchmark;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mige eval records}: one's own held-out records. */
@Command(
        name = "records",
        description = "Evaluates on your own training records, such as the held-out pairs that mige data import wrote:"
                + " outputs are compared with the targets. --data is a list, whose images are in its folder, or a"
                + " folder of shards.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige eval records --data data/pairs-held-out.json --model before=embedded \\",
            "    --model after=runs/mine/model -o evaluation      (run again to resume)",
            "  mige eval records --data data/shards --items 20 --clip runs/clip-eval -o evaluation"
        })
final class EvalRecordsCommand implements Callable<Integer> {

    @Mixin
    private BenchmarkOptions options;

    @Override
    public Integer call() {
        return options.evaluate(RecordBenchmark::load);
    }
}
