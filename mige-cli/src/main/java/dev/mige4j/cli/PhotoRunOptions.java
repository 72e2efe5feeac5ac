package dev.mige4j.cli;

import dev.mige4j.common.FolderLock;
import dev.mige4j.common.Part;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.photos.ItemFiles;
import dev.mige4j.photos.ItemProcessor;
import dev.mige4j.photos.MeasuredPipeline;
import dev.mige4j.photos.PhotoItem;
import dev.mige4j.photos.PhotoPipeline;
import dev.mige4j.photos.PipelineRun;
import dev.mige4j.photos.RecordFiles;
import dev.mige4j.photos.RunSettings;
import dev.mige4j.photos.cutout.PhotoFilter;
import dev.mige4j.photos.report.PhotoReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of commands that pass photographs through a pipeline, and the run itself. */
final class PhotoRunOptions {

    /** Changes when the same settings give other results. */
    private static final String VERSION = "1";

    private static final long MIB = 1 << 20;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--photos",
            paramLabel = "FOLDER",
            required = true,
            description = "The folder of photographs; folders below it are included.")
    private Path photos;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description = "Output folder. A second run with the same options continues.")
    private Path folder;

    @Option(
            names = "--min-side",
            paramLabel = "N",
            defaultValue = "384",
            description = "Drop photographs whose short side has fewer pixels. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1, max = 100_000)
    private int minSide;

    @Option(
            names = "--clip",
            paramLabel = "MODEL",
            description =
                    "A CLIP model (mige download clip) that measures whether images and names agree. Default: none.")
    private Path clip;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Photographs at a time. Default: the number of processors.")
    @Range(min = 1, max = 1024)
    private Integer threads;

    @Option(
            names = "--part",
            paramLabel = "I/N",
            description = "Process every N-th photograph from the I-th on only, such as 2/4, to divide the work among"
                    + " machines that share the folders; a run without --part then writes the lists.")
    private String part;

    @Option(
            names = "--shard-size",
            paramLabel = "MB",
            defaultValue = "256",
            description = "Size of the tar shards in the folder 'shards'; 0 writes none. Default: ${DEFAULT-VALUE}.")
    @Range(min = 0, max = 100_000)
    private int shardMegabytes;

    @Mixin
    private EncodingOptions encodingOptions;

    @Mixin
    private ReportSizeOptions reportSize;

    @Mixin
    private QuietOption quietOption;

    /** The folder of photographs. */
    Path photos() {
        return photos;
    }

    /** The filter of photographs: the default one, with the short side that was asked for. */
    PhotoFilter filter() {
        PhotoFilter filter = PhotoFilter.DEFAULT;
        return new PhotoFilter(minSide, filter.maxAspectRatio(), filter.minSharpness(), filter.score());
    }

    /**
     * Processes the items, writes the lists, shards and report, and prints what became of the items. Of a part, only
     * the decisions are listed.
     *
     * @param stages what the results depend on, by name
     */
    <I extends PhotoItem> void run(PhotoPipeline<I> pipeline, List<I> items, SortedMap<String, String> stages) {
        if (absolute(folder).startsWith(absolute(photos)))
            throw new UsageException(
                    "%s is in the folder of photographs, where the images of one run would be photographs for the next"
                            + " one; choose another folder with -o",
                    folder);
        Path root = OutputFiles.ownFolder(folder, "data");
        SortedMap<String, String> all = new TreeMap<>(stages);
        all.put("version", VERSION);
        PhotoPipeline<I> measured = pipeline;
        if (clip != null) {
            Embedder embedder = Embedder.open(clip);
            all.put("clip", embedder.name());
            measured = new MeasuredPipeline<>(pipeline, embedder);
        }
        RunSettings settings = new RunSettings(photos.toString(), encodingOptions.encoding(), all);
        ItemFiles files = new ItemFiles(root, pipeline.task(), settings.encoding());
        if (part != null) {
            Part own = Part.parse(part);
            List<I> ownItems = IntStream.range(0, items.size())
                    .filter(own::contains)
                    .mapToObj(items::get)
                    .toList();
            PipelineRun.Counts counts = process(ownItems, measured, files, settings);
            settings.write(root, pipeline.task());
            new RecordFiles(files, ownItems).writeDecisions(own);
            print(counts);
            return;
        }
        try (FolderLock lock = FolderLock.acquire(root, "data")) {
            PipelineRun.Counts counts = process(items, measured, files, settings);
            settings.write(root, pipeline.task());
            RecordFiles records = new RecordFiles(files, items);
            records.writeLists();
            if (shardMegabytes > 0) records.writeShards(shardMegabytes * MIB);
            new PhotoReport(files, Optional.of(photos)).write(reportSize.samples(), reportSize.dropped());
            print(counts);
        }
        if (quietOption.isQuiet()) return;
        PrintWriter out = spec.commandLine().getOut();
        out.println(folder.resolve(pipeline.task().folder() + ".json"));
        out.println(folder.resolve(pipeline.task().folder()).resolve("report.html"));
    }

    private <I extends PhotoItem> PipelineRun.Counts process(
            List<I> items, PhotoPipeline<I> pipeline, ItemFiles files, RunSettings settings) {
        ItemProcessor<I> processor = new ItemProcessor<>(photos, pipeline, settings.fingerprintText());
        TransferProgressBar progressBar = new TransferProgressBar(
                spec.commandLine().getErr(), quietOption.isQuiet(), TransferProgressBar.Unit.STEPS);
        ProgressListener listener = (item, done, total) -> progressBar.onProgress("photographs", done, total);
        try {
            return new PipelineRun<>(processor, files, threadCount()).run(items, listener);
        } finally {
            progressBar.clear();
        }
    }

    private void print(PipelineRun.Counts counts) {
        if (quietOption.isQuiet()) return;
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "%d photographs (%d processed now): %d kept, %d dropped%n",
                counts.items(),
                counts.made(),
                counts.kept(),
                counts.items() - counts.kept());
        counts.dropped().forEach((reason, count) -> out.printf(Locale.ROOT, "%8d %s%n", count, reason));
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    private int threadCount() {
        if (threads != null) return threads;
        return Integer.getInteger("mige.threads", Runtime.getRuntime().availableProcessors());
    }

    /** The SHA-256 of a file, or of all files in a folder and their names. */
    static String hash(Path path) {
        try {
            if (!Files.isDirectory(path)) return Sha256.hex(path);
            StringBuilder hashes = new StringBuilder();
            try (Stream<Path> files = Files.list(path)) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList())
                    hashes.append(file.getFileName())
                            .append(' ')
                            .append(Sha256.hex(file))
                            .append('\n');
            }
            return Sha256.hex(hashes.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", path, OutputFiles.describeError(e), e);
        }
    }
}
