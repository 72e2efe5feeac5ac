package dev.mige4j.cli;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.FolderLock;
import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.dataset.layout.DatasetImport;
import dev.mige4j.dataset.layout.DatasetLayout;
import dev.mige4j.dataset.layout.LayoutItem;
import dev.mige4j.dataset.shard.ShardWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige data import}: training data of published datasets. */
@Command(
        name = "import",
        description = "Makes training data of a copy of a published dataset. Images are copied as they are; those of"
                + " Subjects200K are cut apart.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nLayouts:%n",
        footer = {
            "  instructpix2pix  folders with prompt.json, SEED_0.jpg and SEED_1.jpg, or Parquet files (edits)",
            "  magicbrush       Parquet files of osunlp/MagicBrush (edits)",
            "  seed-data-edit   annotations/*.jsonl and images, also below real_editing and so on (edits)",
            "  subjects200k     Parquet files of Yuanshi/Subjects200K (subjects; two records a pair)",
            "  dreambooth       a folder of images for each subject (subjects)",
            "",
            "Examples:",
            "  mige data import magicbrush MagicBrush -o data",
            "  mige data import subjects200k Subjects200K -o data --shard-size 256"
        })
final class DataImportCommand implements Callable<Integer> {

    private static final long MIB = 1 << 20;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "LAYOUT", description = "How the dataset is stored, see below.")
    private String layoutLabel;

    @Parameters(index = "1", paramLabel = "FOLDER", description = "The folder of the dataset.")
    private Path dataset;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description =
                    "Output folder; several datasets may share one. A second run with the same options continues.")
    private Path folder;

    @Option(
            names = "--split",
            paramLabel = "NAME",
            defaultValue = "train",
            description = "Which Parquet files are read, such as train or dev. Default: ${DEFAULT-VALUE}.")
    private String split;

    @Option(
            names = "--shard-size",
            paramLabel = "MB",
            description = "Write tar shards of this size instead of image files and a list.")
    @Range(min = 1, max = 100_000)
    private Integer shardMegabytes;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        DatasetLayout layout = DatasetLayout.of(layoutLabel);
        List<LayoutItem> items = layout.items(dataset, split);
        Path root = OutputFiles.ownFolder(folder, "data");
        TransferProgressBar progressBar = new TransferProgressBar(
                spec.commandLine().getErr(), quietOption.isQuiet(), TransferProgressBar.Unit.STEPS);
        DatasetImport records = new DatasetImport(items, progressBar);
        List<Path> written;
        try (FolderLock lock = FolderLock.acquire(root, "data")) {
            if (!records.hasNext())
                throw new UsageException(
                        "%s has no item that can be used: %s",
                        dataset, records.faults().get(0));
            written = shardMegabytes == null
                    ? List.of(writeList(root, layout, records))
                    : ShardWriter.write(root.resolve("shards"), layout.label(), shardMegabytes * MIB, records);
        } finally {
            progressBar.clear();
        }
        if (!quietOption.isQuiet()) print(items.size(), records, written);
        return 0;
    }

    private static Path writeList(Path root, DatasetLayout layout, DatasetImport records) {
        Path list = root.resolve(layout.label() + ".json");
        Iterator<DatasetRecord> written = StreamSupport.stream(
                        ((Iterable<StoredRecord>) () -> records).spliterator(), false)
                .map(record -> writeImages(root, record))
                .iterator();
        RecordList.write(list, written);
        return list;
    }

    /** Images of an earlier run are complete, because files appear under their names when they are. */
    private static DatasetRecord writeImages(Path root, StoredRecord stored) {
        for (String path : stored.record().imagePaths()) {
            Path file = root.resolve(path);
            byte[] content = stored.files().apply(path);
            try {
                if (!Files.exists(file) || Files.size(file) != content.length) AtomicFile.write(file, content);
            } catch (IOException e) {
                throw new UsageException("%s cannot be read: %s", file, OutputFiles.describeError(e), e);
            }
        }
        return stored.record();
    }

    private void print(int items, DatasetImport records, List<Path> written) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "%d records of %d items%n", items - records.leftOut(), items);
        if (records.leftOut() > 0) {
            out.printf(Locale.ROOT, "%d left out, such as:%n", records.leftOut());
            records.faults().forEach(fault -> out.println("  " + fault));
        }
        written.forEach(out::println);
    }
}
