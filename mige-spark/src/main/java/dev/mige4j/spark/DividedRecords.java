package dev.mige4j.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.mige4j.common.Json;
import dev.mige4j.common.Part;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.dataset.shard.ShardWriter;
import dev.mige4j.photos.DecisionList;
import dev.mige4j.photos.ItemDecision;
import dev.mige4j.photos.ItemFiles;
import dev.mige4j.photos.PhotoTask;
import dev.mige4j.photos.RecordFiles;
import dev.mige4j.photos.RunSettings;
import dev.mige4j.photos.stage.StageResult;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The files that training reads, made from the decisions of all parts of a run. Decisions are divided anew by ranges of
 * their keys, so that each range is a partition and the partitions are in the order of the keys.
 */
final class DividedRecords {

    private static final StructType SCHEMA = StructType.fromDDL("key STRING NOT NULL, item STRING NOT NULL,"
            + " dropped STRING, explanation STRING, target STRING, source STRING, references ARRAY<STRING>,"
            + " name STRING, instruction STRING, width INT, height INT, measures MAP<STRING, DOUBLE>");

    private final String root; // paths cannot be sent to executors
    private final PhotoTask task;
    private final JavaRDD<String> decisions;

    /**
     * The records of a run.
     *
     * @param root the output folder
     * @param parts all parts, whose decisions are there
     */
    DividedRecords(JavaSparkContext spark, Path root, PhotoTask task, List<Part> parts) {
        this.root = root.toString();
        this.task = task;
        this.decisions = decisions(spark, this.root, task, parts);
    }

    /** The decisions as JSON, sorted by key. An item that two parts have, because it is listed twice, is there once. */
    private static JavaRDD<String> decisions(JavaSparkContext spark, String root, PhotoTask task, List<Part> parts) {
        List<String> names = parts.stream().map(Part::toString).toList();
        return spark.parallelize(names, names.size())
                .flatMapToPair(part -> {
                    List<Tuple2<String, String>> keyed = new ArrayList<>();
                    DecisionList.of(Path.of(root), task, Part.parse(part))
                            .forEach(decision -> keyed.add(new Tuple2<>(decision.key(), decision.toJson())));
                    return keyed.iterator();
                })
                .reduceByKey(new KeyRanges(names.size()), (first, second) -> first)
                .mapPartitions(range -> {
                    TreeMap<String, String> sorted = new TreeMap<>();
                    range.forEachRemaining(pair -> sorted.put(pair._1, pair._2));
                    return sorted.values().iterator();
                });
    }

    private static ItemDecision parse(String json) {
        try {
            return ItemDecision.fromJson(Json.MAPPER.readTree(json), Path.of("decisions"));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e); // cannot happen: it was read from a list
        }
    }

    private static ItemFiles files(String root, PhotoTask task) {
        Path folder = Path.of(root);
        return new ItemFiles(folder, task, RunSettings.read(folder, task).encoding());
    }

    /** Writes a row for each decision, into the folder {@code add.parquet}. */
    void writeParquet() {
        String root = this.root;
        PhotoTask task = this.task;
        JavaRDD<Row> rows = decisions.mapPartitions(range -> {
            ItemFiles files = files(root, task);
            List<Row> converted = new ArrayList<>();
            while (range.hasNext()) converted.add(row(parse(range.next()), files));
            return converted.iterator();
        });
        SparkSession.builder()
                .getOrCreate()
                .createDataFrame(rows, SCHEMA)
                .write()
                .mode(SaveMode.Overwrite)
                .parquet(Path.of(root)
                        .resolve(task.folder() + ".parquet")
                        .toUri()
                        .toString());
    }

    private static Row row(ItemDecision decision, ItemFiles files) {
        if (decision.result() instanceof StageResult.Dropped<ItemDecision.ItemRecord> dropped)
            return RowFactory.create(
                    decision.key(),
                    decision.item(),
                    dropped.reason(),
                    dropped.explanation(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null);
        DatasetRecord record = files.record(decision).orElseThrow();
        String name = ((StageResult.Kept<ItemDecision.ItemRecord>) decision.result())
                .value()
                .name();
        return RowFactory.create(
                decision.key(),
                decision.item(),
                null,
                null,
                record.targetPath(),
                record.sourcePath().orElseThrow(),
                record.referencePaths().toArray(String[]::new),
                name,
                record.instruction(),
                record.width(),
                record.height(),
                CollectionConverters.asScala(record.measures()));
    }

    /** Writes the shards of each range of keys, in place of those of an earlier run. */
    void writeShards(long shardBytes) {
        String root = this.root;
        PhotoTask task = this.task;
        RecordFiles.deleteShards(Path.of(root), task);
        decisions
                .mapPartitionsWithIndex(
                        (index, range) -> {
                            ItemFiles files = files(root, task);
                            String name = String.format(Locale.ROOT, "%s-%05d", task.folder(), index);
                            return ShardWriter.write(
                                            files.root().resolve("shards"), name, shardBytes, stored(range, files))
                                    .stream()
                                    .map(Path::toString)
                                    .iterator();
                        },
                        true)
                .count();
    }

    private static Iterator<StoredRecord> stored(Iterator<String> range, ItemFiles files) {
        List<StoredRecord> stored = new ArrayList<>();
        while (range.hasNext())
            files.record(parse(range.next()))
                    .ifPresent(record -> stored.add(new StoredRecord(record, files::readBytes)));
        return stored.iterator();
    }

    /** Writes the list of records and that of decisions. */
    void writeLists() {
        Path folder = Path.of(root);
        ItemFiles files = files(root, task);
        DecisionList.of(folder, task).write(stream().iterator());
        RecordList.write(
                folder.resolve(task.folder() + ".json"),
                stream().map(files::record).flatMap(Optional::stream).iterator());
    }

    /** All decisions in order; the driver has those of one range at a time. */
    private Stream<ItemDecision> stream() {
        Iterable<String> all = decisions::toLocalIterator;
        return StreamSupport.stream(all.spliterator(), false).map(DividedRecords::parse);
    }
}
