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
import java.util.ArrayList;
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

/** {@code mige data import}: training data of one's own pairs or of published datasets. */
@Command(
        name = "import",
        description = "Makes training data of your own pairs of images, or of a copy of a published dataset. Images are"
                + " copied as they are; those of Subjects200K are cut apart.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nLayouts:%n",
        footer = {
            "  pairs            your own: NAME-source.png, NAME-target.png, instruction in NAME.txt (edits)",
            "  instructpix2pix  folders with prompt.json, SEED_0.jpg and SEED_1.jpg, or Parquet files (edits)",
            "  magicbrush       Parquet files of osunlp/MagicBrush (edits)",
            "  seed-data-edit   annotations/*.jsonl and images, also below real_editing and so on (edits)",
            "  subjects200k     Parquet files of Yuanshi/Subjects200K (subjects; two records a pair)",
            "  dreambooth       a folder of images for each subject (subjects)",
            "",
            "Examples:",
            "  mige data import pairs my-pairs --held-out 10 -o data",
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

    @Option(
            names = "--held-out",
            paramLabel = "N",
            defaultValue = "0",
            description = "Write N of the records, evenly spread, into the list LAYOUT-held-out.json instead, to"
                    + " validate and evaluate on them. Default: ${DEFAULT-VALUE}.")
    @Range(min = 0)
    private int heldOut;

    private int heldOutCount;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        DatasetLayout layout = DatasetLayout.of(layoutLabel);
        if (heldOut > 0 && shardMegabytes != null)
            throw new UsageException("--held-out writes a list of its own; leave --shard-size out.");
        List<LayoutItem> items = layout.items(dataset, split);
        if (heldOut >= items.size())
            throw new UsageException(
                    "--held-out is %d, but %s has %d items; leave some to train on.", heldOut, dataset, items.size());
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
                    ? writeLists(root, layout, records, items.size())
                    : ShardWriter.write(root.resolve("shards"), layout.label(), shardMegabytes * MIB, records);
        } finally {
            progressBar.clear();
        }
        if (!quietOption.isQuiet()) print(items.size(), records, written);
        return 0;
    }

    /** Writes the list of the records, and that of the held-out ones if there are any. */
    private List<Path> writeLists(Path root, DatasetLayout layout, DatasetImport records, int itemCount) {
        Path list = root.resolve(layout.label() + ".json"),
                heldOutList = root.resolve(layout.label() + "-held-out.json");
        List<DatasetRecord> heldOutRecords = new ArrayList<>();
        long[] number = {0};
        RecordList.write(
                list,
                StreamSupport.stream(((Iterable<StoredRecord>) () -> records).spliterator(), false)
                        .map(record -> writeImages(root, record))
                        .filter(record -> {
                            long share = ++number[0] * heldOut / itemCount;
                            boolean isHeldOut = share > heldOutRecords.size();
                            if (isHeldOut) heldOutRecords.add(record);
                            return !isHeldOut;
                        })
                        .iterator());
        if (heldOut == 0) return List.of(list);
        RecordList.write(heldOutList, heldOutRecords.iterator());
        heldOutCount = heldOutRecords.size();
        return List.of(list, heldOutList);
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
        out.printf(
                Locale.ROOT,
                "%d records of %d items%s%n",
                items - records.leftOut(),
                items,
                heldOutCount > 0 ? ", " + heldOutCount + " of them held out" : "");
        if (records.leftOut() > 0) {
            out.printf(Locale.ROOT, "%d left out, such as:%n", records.leftOut());
            records.faults().forEach(fault -> out.println("  " + fault));
        }
        written.forEach(out::println);
    }
}
