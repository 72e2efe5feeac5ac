package dev.mige4j.eval.benchmark;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.DatasetTask;
import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.RecordReader;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.dataset.shard.ShardReader;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One's own training records as a benchmark, such as the held-out pairs of a fine-tuning: outputs are compared with the
 * targets. Each task is a suite.
 */
public final class RecordBenchmark {

    private static final ProtocolNote METRICS = new ProtocolNote("Metrics", """
            All compare the output with the target. Where several results would be right, pixels say little; for \
            edits, the row copy-source says what doing nothing reaches.""", false);

    private RecordBenchmark() {}

    /**
     * Reads records.
     *
     * @param data a JSON list, whose images are in its folder, or a folder of shards
     * @throws dev.mige4j.common.UsageException when there are none, or a record is not valid
     */
    public static Benchmark load(Path data) {
        RecordReader records = Files.isDirectory(data)
                ? ShardReader.open(data)
                : RecordList.open(data.toAbsolutePath().getParent(), List.of(data));
        Map<DatasetTask, PublishedSuite> suites = new EnumMap<>(DatasetTask.class);
        List<PublishedSample> samples = new ArrayList<>();
        for (int i = 0; i < records.size(); i++) {
            StoredRecord stored = records.get(i);
            String task = stored.record().task().name().toLowerCase(Locale.ROOT);
            PublishedSuite suite = suites.computeIfAbsent(
                    stored.record().task(), t -> new PublishedSuite(task, title(t), t == DatasetTask.SUBJECT));
            String id = String.format(Locale.ROOT, "%s-%06d", task, i);
            samples.add(PublishedSample.single(id, suite, turn(stored, task, id)));
        }
        return new PublishedBenchmark(
                "records of " + data.getFileName(),
                records.fingerprint(),
                List.copyOf(suites.values()),
                List.of(),
                samples,
                List.of(Baseline.COPY_SOURCE, Baseline.TARGET),
                Map.of("records", data.toString()),
                List.of(),
                List.of(METRICS),
                images -> {});
    }

    private static String title(DatasetTask task) {
        return switch (task) {
            case SUBJECT -> "subject-driven generation";
            case EDIT -> "instruction-based editing";
            case REPLACE -> "replacing an object by a subject";
            case ADD -> "adding a subject";
        };
    }

    private static PublishedTurn turn(StoredRecord stored, String task, String id) {
        ImageSource target = new RecordImage(stored, stored.record().targetPath());
        return new PublishedTurn(
                task,
                PublishedTurn.ALL,
                id,
                previousOutput -> task(stored),
                Optional.of(target),
                true,
                Stream.of(Metric.L1, Metric.L2, Metric.CLIP_I, Metric.DINO)
                        .map(metric -> Comparison.image(metric, target))
                        .toList());
    }

    private static Task task(StoredRecord stored) {
        DatasetRecord record = stored.record();
        Optional<Image> source = record.sourcePath().map(path -> new RecordImage(stored, path).read());
        List<Image> images = record.referencePaths().stream()
                .map(path -> record.sourcePath().filter(path::equals).isPresent()
                        ? source.orElseThrow()
                        : new RecordImage(stored, path).read())
                .toList();
        Instruction instruction = new Instruction(PublishedTurn.withPlaceholders(record.instruction()), images);
        return switch (record.task()) {
            case SUBJECT -> new SubjectGeneration(instruction);
            case EDIT -> new InstructionEdit(instruction, required(source, record));
            case REPLACE, ADD -> new SubjectEdit(instruction, required(source, record));
        };
    }

    private static Image required(Optional<Image> source, DatasetRecord record) {
        return source.orElseThrow(() -> new UsageException(
                "The record of '%s' is an edit without source; add source_path.", record.targetPath()));
    }

    private record RecordImage(StoredRecord stored, String name) implements ImageSource {

        @Override
        public byte[] file() {
            return stored.files().apply(name);
        }

        @Override
        public Image read() {
            return ImageFile.readAsPillow(file(), name);
        }
    }
}
