package dev.mige4j.cli;

import dev.mige4j.eval.benchmark.BenchmarkSelection;
import dev.mige4j.eval.benchmark.MigeBench;
import dev.mige4j.eval.benchmark.MigeBenchRecord;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mige eval migebench}: subject-driven edits. */
@Command(
        name = "migebench",
        description = "Evaluates on MIGEBench: 500 subjects to add, and 500 to replace an object by.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading =
                "%nDINO and CLIP-I need crops of the subject, made elsewhere: entity/IDX_entity.jpg beside the outputs;"
                        + " see docs/evaluation.md.%n%nExamples:%n",
        footer = {
            "  mige eval migebench --data MIGEBench --items 20 -o migebench      (run again to resume)",
            "  mige eval migebench --data MIGEBench --model models/mige-xl --clip models/clip \\",
            "    --dino models/dino -o migebench",
            "  mige eval migebench --data MIGEBench --images their-outputs --task add -o theirs"
        })
final class EvalMigeBenchCommand implements Callable<Integer> {

    @Option(names = "--task", paramLabel = "TASK", description = "One of ${COMPLETION-CANDIDATES}. Default: both.")
    private MigeBenchRecord.Operation task;

    @Mixin
    private BenchmarkOptions options;

    @Override
    public Integer call() {
        return options.evaluate(data -> task == null
                ? MigeBench.load(data)
                : BenchmarkSelection.of(
                        MigeBench.load(data),
                        sample -> sample.suite().label().equals(task.label()),
                        "the task " + task.label()));
    }
}
