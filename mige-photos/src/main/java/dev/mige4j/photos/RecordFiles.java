package dev.mige4j.photos;

import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.dataset.shard.ShardWriter;
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
        DecisionList.write(files, keys);
        Path list = files.root().resolve(files.task().folder() + ".json");
        RecordList.write(list, records().iterator());
        return list;
    }

    /** Writes tar shards of the given size. */
    public List<Path> writeShards(long shardBytes) {
        Iterator<StoredRecord> stored = records()
                .map(record -> new StoredRecord(record, files::readBytes))
                .iterator();
        return ShardWriter.write(files.root().resolve("shards"), files.task().folder(), shardBytes, stored);
    }

    private Stream<DatasetRecord> records() {
        return keys.stream()
                .map(files::read)
                .flatMap(Optional::stream)
                .map(files::record)
                .flatMap(Optional::stream);
    }
}
