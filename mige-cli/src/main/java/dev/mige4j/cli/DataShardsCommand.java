package dev.mige4j.cli;

import dev.mige4j.common.CancelledException;
import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.dataset.shard.ShardWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige data shards}: packs JSON lists of records and their images into tar shards. */
@Command(
        name = "shards",
        description = "Packs JSON lists of records and their images into tar shards in WebDataset's layout, with an"
                + " index of each.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige data shards data/add.json data/replace.json -o shards",
            "  mige data shards lists/train.json --root images -o shards --shard-size 1024"
        })
final class DataShardsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "LIST", arity = "1..*", description = "JSON lists in the reference's format.")
    private List<Path> lists;

    @Option(
            names = "--root",
            paramLabel = "FOLDER",
            description = "Folder to which the paths in the lists are relative. Default: that of the first list.")
    private Path root;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description = "Output folder.")
    private Path folder;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "train",
            description = "Start of the names of shards and records. Default: ${DEFAULT-VALUE}.")
    private String name;

    @Option(
            names = "--shard-size",
            paramLabel = "MB",
            defaultValue = "256",
            description = "Size from which on a new shard begins. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1, max = 100_000)
    private int shardMegabytes;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        Path first = lists.get(0).toAbsolutePath();
        RecordList records = RecordList.open(root == null ? first.getParent() : root, lists);
        TransferProgressBar progressBar = new TransferProgressBar(
                spec.commandLine().getErr(), quietOption.isQuiet(), TransferProgressBar.Unit.STEPS);
        Stream<StoredRecord> stored = IntStream.range(0, records.size()).mapToObj(i -> {
            if (!progressBar.onProgress("records", i, records.size()))
                throw new CancelledException("Cancelled; the shards that are complete remain.");
            return records.get(i);
        });
        List<Path> shards = ShardWriter.write(
                OutputFiles.ownFolder(folder, "shards"), name, (long) shardMegabytes << 20, stored.iterator());
        progressBar.clear();
        if (!quietOption.isQuiet())
            spec.commandLine()
                    .getOut()
                    .println("%d record%s in %d shard%s: %s"
                            .formatted(
                                    records.size(),
                                    records.size() == 1 ? "" : "s",
                                    shards.size(),
                                    shards.size() == 1 ? "" : "s",
                                    folder));
        return 0;
    }
}
