package dev.mige4j.photos;

import dev.mige4j.common.Part;
import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.dataset.shard.ShardWriter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files that training reads, made from the items of a finished run and sorted by their keys.
 *
 * <pre>
 *   add.json               the list of records in the reference's format
 *   add/decisions.jsonl    the decision on every item
 *   shards/add-00000.tar   the records with their images
 * </pre>
 */
public final class RecordFiles {

    private final ItemFiles files;
    private final List<String> keys;

    /** The files of the given items, all of which have a decision. */
    public RecordFiles(ItemFiles files, List<? extends PhotoItem> items) {
        this.files = files;
        this.keys = items.stream()
                .map(item -> ItemFiles.key(item.id()))
                .distinct()
                .sorted()
                .toList();
    }

    /**
     * Writes the list of records and the decisions.
     *
     * @return the list
     */
    public Path writeLists() {
        writeDecisions(Part.ALL);
        Path list = files.root().resolve(files.task().folder() + ".json");
        RecordList.write(list, records().iterator());
        return list;
    }

    /**
     * Writes the decisions on the items, which are a part of all.
     *
     * @throws UsageException when there is no decision on an item
     */
    public void writeDecisions(Part part) {
        DecisionList.of(files.root(), files.task(), part)
                .write(keys.stream().map(this::decision).iterator());
    }

    private ItemDecision decision(String key) {
        return files.read(key)
                .orElseThrow(() -> new UsageException(
                        "%s: the decision on item %s has disappeared; run the same command again.", files.root(), key));
    }

    /** Writes tar shards of the given size. */
    public List<Path> writeShards(long shardBytes) {
        deleteShards(files.root(), files.task());
        Iterator<StoredRecord> stored = records()
                .map(record -> new StoredRecord(record, files::readBytes))
                .iterator();
        return ShardWriter.write(files.root().resolve("shards"), files.task().folder(), shardBytes, stored);
    }

    /**
     * Deletes the shards of an earlier run, which may have been divided otherwise.
     *
     * @throws UsageException when that fails
     */
    public static void deleteShards(Path root, PhotoTask task) {
        Path folder = root.resolve("shards");
        if (!Files.isDirectory(folder)) return;
        try (DirectoryStream<Path> shards = Files.newDirectoryStream(folder, task.folder() + "-*.{tar,idx}")) {
            for (Path shard : shards) Files.delete(shard);
        } catch (IOException e) {
            throw new UsageException("%s: earlier shards cannot be deleted: %s", folder, e.getMessage(), e);
        }
    }

    private Stream<DatasetRecord> records() {
        return keys.stream()
                .map(files::read)
                .flatMap(Optional::stream)
                .map(files::record)
                .flatMap(Optional::stream);
    }
}
