package dev.mige4j.cli;

import dev.mige4j.corpus.ContactSheet;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.CorpusDownloader;
import dev.mige4j.corpus.CorpusWriter;
import dev.mige4j.corpus.benchmark.NanoMigeBench;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Split;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige corpus}: the drawings and scenes that the small model learns from. */
@Command(
        name = "corpus",
        description = "The drawings and scenes that the small model learns from.",
        mixinStandardHelpOptions = true,
        subcommands = {
            CorpusCommand.CorpusFetchCommand.class,
            CorpusCommand.CorpusBuildCommand.class,
            CorpusCommand.ContactSheetCommand.class
        })
final class CorpusCommand {

    /** Where the drawings lie. */
    static final class CorpusFolderOption {
        @Option(
                names = "--cache",
                paramLabel = "FOLDER",
                description = "Where the drawings lie. Default: MIGE_CORPUS, else ~/.cache/mige/corpus.")
        private Path folder;

        Path folder() {
            return folder == null ? CorpusDownloader.defaultFolder() : folder;
        }
    }

    @Command(
            name = "fetch",
            description =
                    "Brings the pinned packages of drawings (45 MB) into the cache and checks each against its SHA-512.",
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
            PrintWriter out = spec.commandLine().getOut();
            int fetched = CorpusDownloader.download(corpusOption.folder(), out::println);
            out.println(fetched + " packages fetched; all lie in " + corpusOption.folder());
            return 0;
        }
    }

    @Command(
            name = "build",
            description = "Draws examples of a split, or the bench, as pictures and records in the reference's format.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExamples:%n",
            footer = {
                "  mige corpus build --split train --count 1000 -o data/train",
                "  mige corpus build --bench -o data/bench"
            })
    static final class CorpusBuildCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private CorpusFolderOption corpusOption;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FOLDER",
                required = true,
                description = "Where pictures and records go.")
        private Path folder;

        @Option(
                names = "--split",
                paramLabel = "SPLIT",
                defaultValue = "TRAIN",
                description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
        private Split split;

        @Option(
                names = "--count",
                paramLabel = "COUNT",
                defaultValue = "100",
                description = "Examples to draw. Default: ${DEFAULT-VALUE}.")
        private int count;

        @Option(names = "--bench", description = "Draw nano-MIGEBench instead of a split.")
        private boolean benchmark;

        @Option(
                names = "--size",
                paramLabel = "PIXELS",
                defaultValue = "128",
                description = "Side of a picture. Default: ${DEFAULT-VALUE}.")
        private int size;

        @Option(
                names = "--seed",
                paramLabel = "N",
                defaultValue = "0",
                description = "Which examples. Default: ${DEFAULT-VALUE}.")
        private long seed;

        @Option(
                names = {"-q", "--quiet"},
                description = "Print errors only.")
        private boolean quiet;

        @Override
        public Integer call() {
            Path outputFolder = OutputFiles.createFolder(folder.toAbsolutePath());
            Corpus corpus = Corpus.open(
                    corpusOption.folder(),
                    size,
                    TaskMix.JOINT,
                    spec.commandLine().getErr()::println);
            TransferProgressBar progressBar =
                    new TransferProgressBar(spec.commandLine().getErr(), quiet, TransferProgressBar.Unit.STEPS);
            Path recordsFile = benchmark
                    ? CorpusWriter.writeBenchmark(corpus, NanoMigeBench.entries(), outputFolder, progressBar)
                    : CorpusWriter.writeSplit(corpus, split, seed, count, outputFolder, progressBar);
            progressBar.clear();
            if (!quiet) spec.commandLine().getOut().println(folder.resolve(recordsFile.getFileName()));
            return 0;
        }
    }

    @Command(
            name = "sheet",
            description = "Draws a contact sheet: the first examples of every kind, with their instructions.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExample:%n",
            footer = "  mige corpus sheet --split seen --each 3 -o sheet.png")
    static final class ContactSheetCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private CorpusFolderOption corpusOption;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FILE",
                defaultValue = "sheet.png",
                description = "PNG file to write. Default: ${DEFAULT-VALUE}.")
        private Path output;

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
                description = "Side of a picture. Default: ${DEFAULT-VALUE}.")
        private int size;

        @Option(
                names = "--each",
                paramLabel = "COUNT",
                defaultValue = "2",
                description = "Examples of each kind. Default: ${DEFAULT-VALUE}.")
        private int samplesPerTask;

        @Option(
                names = "--columns",
                paramLabel = "COUNT",
                defaultValue = "4",
                description = "Examples in a row. Default: ${DEFAULT-VALUE}.")
        private int columns;

        @Option(
                names = "--seed",
                paramLabel = "N",
                defaultValue = "0",
                description = "Which examples. Default: ${DEFAULT-VALUE}.")
        private long seed;

        @Override
        public Integer call() {
            OutputFiles.imageFiles(output, 1);
            Corpus corpus = Corpus.open(
                    corpusOption.folder(),
                    size,
                    TaskMix.JOINT,
                    spec.commandLine().getErr()::println);
            ContactSheet.ofEachKind(corpus, split, seed, samplesPerTask, columns)
                    .write(output, Map.of());
            spec.commandLine().getOut().println(output);
            return 0;
        }
    }
}
