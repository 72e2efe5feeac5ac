package mige.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import mige.data.Bench;
import mige.data.ContactSheet;
import mige.data.Corpus;
import mige.data.CorpusBuild;
import mige.data.CorpusFetch;
import mige.data.Mix;
import mige.data.Split;
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
        subcommands = {CorpusCommand.Fetch.class, CorpusCommand.Build.class, CorpusCommand.Sheet.class})
final class CorpusCommand {

    /** Where the drawings lie. */
    static final class Cache {
        @Option(names = "--cache", paramLabel = "FOLDER", description = "Where the drawings lie. Default: MIGE_CORPUS, else ~/.cache/mige/corpus.")
        private Path folder;

        Path folder() {
            return folder == null ? CorpusFetch.defaultFolder() : folder;
        }
    }

    @Command(
            name = "fetch",
            description = "Brings the pinned packages of drawings (45 MB) into the cache and checks each against its SHA-512.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExample:%n",
            footer = "  mige corpus fetch")
    static final class Fetch implements Callable<Integer> {
        @Spec private CommandSpec spec;
        @Mixin private Cache cache;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            int fetched = CorpusFetch.fetch(cache.folder(), out::println);
            out.println(fetched + " packages fetched; all lie in " + cache.folder());
            return 0;
        }
    }

    @Command(
            name = "build",
            description = "Draws examples of a split, or the bench, as pictures and records in the reference's format.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExamples:%n",
            footer = {"  mige corpus build --split train --count 1000 -o data/train", "  mige corpus build --bench -o data/bench"})
    static final class Build implements Callable<Integer> {
        @Spec private CommandSpec spec;
        @Mixin private Cache cache;

        @Option(names = {"-o", "--output"}, paramLabel = "FOLDER", required = true, description = "Where pictures and records go.")
        private Path folder;

        @Option(names = "--split", paramLabel = "SPLIT", defaultValue = "TRAIN", description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
        private Split split;

        @Option(names = "--count", paramLabel = "COUNT", defaultValue = "100", description = "Examples to draw. Default: ${DEFAULT-VALUE}.")
        private int count;

        @Option(names = "--bench", description = "Draw nano-MIGEBench instead of a split.")
        private boolean bench;

        @Option(names = "--size", paramLabel = "PIXELS", defaultValue = "128", description = "Side of a picture. Default: ${DEFAULT-VALUE}.")
        private int size;

        @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Which examples. Default: ${DEFAULT-VALUE}.")
        private long seed;

        @Option(names = {"-q", "--quiet"}, description = "Print errors only.")
        private boolean quiet;

        @Override
        public Integer call() {
            Path to = Output.folder(folder.toAbsolutePath());
            Corpus corpus = Corpus.open(cache.folder(), size, Mix.JOINT, spec.commandLine().getErr()::println);
            TransferLine line = new TransferLine(spec.commandLine().getErr(), quiet);
            Path records = bench ? CorpusBuild.bench(corpus, Bench.entries(), to, line) : CorpusBuild.build(corpus, split, seed, count, to, line);
            line.end();
            if (!quiet) spec.commandLine().getOut().println(folder.resolve(records.getFileName()));
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
    static final class Sheet implements Callable<Integer> {
        @Spec private CommandSpec spec;
        @Mixin private Cache cache;

        @Option(names = {"-o", "--output"}, paramLabel = "FILE", defaultValue = "sheet.png", description = "PNG file to write. Default: ${DEFAULT-VALUE}.")
        private Path output;

        @Option(names = "--split", paramLabel = "SPLIT", defaultValue = "TRAIN", description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
        private Split split;

        @Option(names = "--size", paramLabel = "PIXELS", defaultValue = "128", description = "Side of a picture. Default: ${DEFAULT-VALUE}.")
        private int size;

        @Option(names = "--each", paramLabel = "COUNT", defaultValue = "2", description = "Examples of each kind. Default: ${DEFAULT-VALUE}.")
        private int each;

        @Option(names = "--columns", paramLabel = "COUNT", defaultValue = "4", description = "Examples in a row. Default: ${DEFAULT-VALUE}.")
        private int columns;

        @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Which examples. Default: ${DEFAULT-VALUE}.")
        private long seed;

        @Override
        public Integer call() {
            Output.files(output, 1);
            Corpus corpus = Corpus.open(cache.folder(), size, Mix.JOINT, spec.commandLine().getErr()::println);
            ContactSheet.ofKinds(corpus, split, seed, each, columns).write(output, Map.of());
            spec.commandLine().getOut().println(output);
            return 0;
        }
    }
}
