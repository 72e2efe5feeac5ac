package dev.mige4j.cli;

import dev.mige4j.corpus.ContactSheet;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.CorpusDownloader;
import dev.mige4j.corpus.CorpusWriter;
import dev.mige4j.corpus.benchmark.NanoMigeBench;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige corpus}: the synthetic corpus on which the embedded model is trained. */
@Command(
        name = "corpus",
        description = "Downloads and renders the synthetic training corpus.",
        mixinStandardHelpOptions = true,
        subcommands = {
            CorpusCommand.CorpusFetchCommand.class,
            CorpusCommand.CorpusBuildCommand.class,
            CorpusCommand.ContactSheetCommand.class
        })
final class CorpusCommand {

    /** The option for the folder of the downloaded icon packages. */
    static final class CorpusFolderOption {
        @Option(
                names = "--cache",
                paramLabel = "FOLDER",
                description =
                        "Folder of the downloaded icon packages. Default: MIGE_CORPUS, else" + " ~/.cache/mige/corpus.")
        private Path folder;

        Path folder() {
            return folder == null ? CorpusDownloader.defaultFolder() : folder;
        }
    }

    /** The options that select the examples to render. */
    static final class ExampleOptions {
        @Option(
                names = "--split",
                paramLabel = "SPLIT",
                defaultValue = "TRAIN",
                description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
        private Split split;

        @Option(
                names = "--size",
                paramLabel = "PIXELS",
                defaultValue = "128",
                description = "Side of the images. Default: ${DEFAULT-VALUE}.")
        private int size;

        @Option(
                names = "--seed",
                paramLabel = "N",
                defaultValue = "0",
                description = "Random seed. Default: ${DEFAULT-VALUE}.")
        private long seed;

        @Option(
                names = "--rules",
                paramLabel = "RULES",
                defaultValue = "STRICT",
                description = "STRICT: what words and images do not say is always the same; VARIED: it varies freely."
                        + " Default: ${DEFAULT-VALUE}.")
        private CorpusRules rules;
    }

    @Command(
            name = "fetch",
            description = "Downloads the pinned icon packages (45 MB) and checks their SHA-512.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExample:%n",
            footer = "  mige corpus fetch")
    static final class CorpusFetchCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private CorpusFolderOption corpusOption;

        @Override
        public Integer call() {
            TransferProgressBar progressBar =
                    new TransferProgressBar(spec.commandLine().getErr(), false);
            int downloaded = CorpusDownloader.download(corpusOption.folder(), progressBar);
            progressBar.clear();
            PrintWriter out = spec.commandLine().getOut();
            out.println(downloaded + " packages downloaded to " + corpusOption.folder());
            return 0;
        }
    }

    @Command(
            name = "build",
            description =
                    "Renders examples of a split, or nano-MIGEBench, as images and records in the reference's format.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExamples:%n",
            footer = {
                "  mige corpus build --split train --count 1000 -o data/train",
                "  mige corpus build --benchmark -o data/bench"
            })
    static final class CorpusBuildCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private CorpusFolderOption corpusOption;

        @Mixin
        private ExampleOptions examples;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FOLDER",
                required = true,
                description = "Output folder.")
        private Path folder;

        @Option(
                names = "--count",
                paramLabel = "COUNT",
                defaultValue = "100",
                description = "Number of examples. Default: ${DEFAULT-VALUE}.")
        @Range(min = 1)
        private int count;

        @Option(names = "--benchmark", description = "Render nano-MIGEBench instead of a split.")
        private boolean benchmark;

        @Mixin
        private QuietOption quietOption;

        @Override
        public Integer call() {
            Path outputFolder = OutputFiles.ownFolder(folder, "corpus");
            TransferProgressBar progressBar = new TransferProgressBar(
                    spec.commandLine().getErr(), quietOption.isQuiet(), TransferProgressBar.Unit.STEPS);
            Corpus corpus =
                    Corpus.open(corpusOption.folder(), examples.size, TaskMix.allTasks(examples.rules), progressBar);
            Path recordsFile = benchmark
                    ? CorpusWriter.writeBenchmark(
                            corpus, NanoMigeBench.entries(examples.rules), outputFolder, progressBar)
                    : CorpusWriter.writeSplit(corpus, examples.split, examples.seed, count, outputFolder, progressBar);
            progressBar.clear();
            if (!quietOption.isQuiet()) spec.commandLine().getOut().println(folder.resolve(recordsFile.getFileName()));
            return 0;
        }
    }

    @Command(
            name = "sheet",
            description = "Renders a contact sheet: the first examples of every task, with their instructions.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExample:%n",
            footer = "  mige corpus sheet --split train --samples-per-task 3 -o sheet.png")
    static final class ContactSheetCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private CorpusFolderOption corpusOption;

        @Mixin
        private ExampleOptions examples;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FILE",
                description = "Image file to write: .png, .jpg or .webp. Default: sheet.png, or if it exists the next"
                        + " free of sheet-1.png, sheet-2.png and so on.")
        private Path output;

        @Mixin
        private EncodingOptions encodingOptions;

        @Option(names = "--force", description = "Replace an existing file.")
        private boolean force;

        @Option(
                names = "--samples-per-task",
                paramLabel = "COUNT",
                defaultValue = "2",
                description = "Examples of each task. Default: ${DEFAULT-VALUE}.")
        @Range(min = 1)
        private int samplesPerTask;

        @Option(
                names = "--columns",
                paramLabel = "COUNT",
                defaultValue = "4",
                description = "Examples per row. Default: ${DEFAULT-VALUE}.")
        @Range(min = 1)
        private int columns;

        @Override
        public Integer call() {
            ImageOutput imageOutput =
                    ImageOutput.open(Optional.ofNullable(output), "sheet", encodingOptions, 1, force, List.of());
            TransferProgressBar progressBar =
                    new TransferProgressBar(spec.commandLine().getErr(), false, TransferProgressBar.Unit.STEPS);
            Corpus corpus =
                    Corpus.open(corpusOption.folder(), examples.size, TaskMix.allTasks(examples.rules), progressBar);
            progressBar.clear();
            Image sheet = ContactSheet.ofEachKind(corpus, examples.split, examples.seed, samplesPerTask, columns);
            imageOutput
                    .write(out -> sheet.write(out, imageOutput.encoding(), Map.of()))
                    .ifPresent(spec.commandLine().getOut()::println);
            return 0;
        }
    }
}
