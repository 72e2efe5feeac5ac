package dev.mige4j.cli;

import dev.mige4j.eval.benchmark.BenchmarkSelection;
import dev.mige4j.eval.benchmark.DreamBench;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mige eval dreambench}: generation of given subjects. */
@Command(
        name = "dreambench",
        description = "Evaluates on DreamBench: 30 subjects with 25 prompts each, four images of every prompt.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige eval dreambench --data dreambooth --items 20 --seeds 1 -o dreambench      (run again to resume)",
            "  mige eval dreambench --data dreambooth --model models/mige-xl --clip models/clip \\",
            "    --dino models/dino -o dreambench",
            "  mige eval dreambench --data dreambooth --images their-outputs --dino models/dino -o theirs"
        })
final class EvalDreamBenchCommand implements Callable<Integer> {

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "" + DreamBench.SEEDS,
            description = "Images of each prompt, with the seeds from 0. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1, max = DreamBench.SEEDS)
    private int seeds;

    @Mixin
    private BenchmarkOptions options;

    @Override
    public Integer call() {
        options.rejectMask();
        return options.evaluate(data -> seeds == DreamBench.SEEDS
                ? DreamBench.load(data)
                : BenchmarkSelection.of(
                        DreamBench.load(data),
                        sample -> sample.seed() < seeds,
                        seeds + " of " + DreamBench.SEEDS + " images of each prompt"));
    }
}
