package dev.mige4j.cli;

import dev.mige4j.train.teach.TeachingConfig;
import java.util.List;
import picocli.CommandLine.Option;

/** How the LoRA of a teaching is trained. */
final class TeachingOptions {

    @Option(names = "--rank", paramLabel = "R", description = "Rank of the LoRA. Default: 16.")
    private Integer rank;

    @Option(names = "--alpha", paramLabel = "A", description = "Alpha of the LoRA. Default: its rank.")
    private Double alpha;

    @Option(
            names = "--targets",
            paramLabel = "NAMES",
            split = ",",
            description = "Endings of the names of the layers that get adapters, as PEFT's target_modules. Default: all"
                    + " attention and MLP projections of denoiser and fusion.")
    private List<String> targets = List.of();

    @Option(names = "--learning-rate", paramLabel = "RATE", description = "Learning rate. Default: 1e-3.")
    private Double learningRate;

    @Option(
            names = "--prior",
            paramLabel = "SHARE",
            description = "Share, 0 to less than 1, of other subjects and tasks among the samples, so that they are not"
                    + " forgotten. Default: 0.5.")
    private Double priorShare;

    /** @param steps 0: by minutes */
    TeachingConfig config(String name, boolean style, double minutes, long steps, long seed) {
        TeachingConfig defaults = TeachingConfig.of(name, style);
        int r = rank == null ? defaults.rank() : rank;
        return new TeachingConfig(
                name,
                style,
                minutes,
                steps,
                r,
                alpha == null ? r : alpha,
                targets,
                learningRate == null ? defaults.learningRate() : learningRate,
                priorShare == null ? defaults.priorShare() : priorShare,
                seed);
    }
}
