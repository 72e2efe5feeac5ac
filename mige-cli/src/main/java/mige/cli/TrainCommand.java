package mige.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import mige.data.CorpusFetch;
import mige.tensor.UsageException;
import mige.train.Crew;
import mige.train.Recipes;
import mige.train.Run;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige train}: one stage of the training of a small model. */
@Command(
        name = "train",
        description = "Trains one stage of a model into a folder; the same command goes on where it stopped, to the bit.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige corpus fetch",
            "  mige train vae -o runs/vae",
            "  mige train clip -o runs/clip --config mine.json",
            "  mige train clip --print-config > mine.json      (the shipped recipe, to change)"
        })
final class TrainCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "STAGE", description = "vae, clip or mige, in this order; clip-eval: a second pair that measures.")
    private String stage;

    @Option(names = {"-o", "--output"}, paramLabel = "FOLDER", description = "Where state, curves, pictures and weights go.")
    private Path folder;

    @Option(names = "--config", paramLabel = "FILE", description = "JSON laid over the shipped recipe: what it names, it replaces.")
    private Path config;

    @Option(names = "--cache", paramLabel = "FOLDER", description = "Where the corpus' drawings lie. Default: MIGE_CORPUS, else ~/.cache/mige/corpus.")
    private Path corpus;

    @Option(names = "--nproc", paramLabel = "N", defaultValue = "1", description = "Processes that train together, each on its part of every batch. Default: ${DEFAULT-VALUE}.")
    private int processes;

    @Option(names = "--print-config", description = "Print the recipe instead of training.")
    private boolean printConfig;

    @Option(names = {"-q", "--quiet"}, description = "Print errors only.")
    private boolean quiet;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (config != null && !Files.isReadable(config)) throw new UsageException("%s: no such file", config);
        if (printConfig) {
            out.println(Recipes.read(stage, config).toPrettyString());
            return 0;
        }
        Recipes.shipped(stage);                                        // an unknown stage is told before any folder is made
        if (folder == null) throw new UsageException("where shall the weights go? Name a folder with -o");
        Path to = Output.folder(folder.toAbsolutePath()), drawings = corpus == null ? CorpusFetch.defaultFolder() : corpus;
        try (Crew crew = Run.crew(processes, stage, to, config)) {
            Run.stage(stage, to, config, drawings, (done, of, left, figures) -> {
                if (!quiet) out.println(line(done, of, left.toSeconds(), figures));
                return !Stop.requested();
            }, crew);
        }
        if (Stop.requested()) {
            spec.commandLine().getErr().println("mige: stopped; the same command goes on from here");
            return 130;
        }
        return 0;
    }

    private static String line(long done, long of, long seconds, Map<String, Double> figures) {
        StringBuilder line = new StringBuilder(done + "/" + of + ", " + ProgressLine.duration(seconds) + " left");
        new TreeMap<>(figures).forEach((name, value) -> line.append(String.format(Locale.ROOT, "  %s %.4g", name, value)));
        return line.toString();
    }
}
