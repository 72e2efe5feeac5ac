package dev.mige4j.weights.conversion;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.ByteSource;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.FolderLock;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.ModelSpec;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.format.Int8Quantization;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A conversion that is ready to run: which stored tensor becomes which tensors of the model folder, in the order of the
 * source files, so that each is read once from its beginning to its end and what is not needed is skipped.
 */
public final class ConversionPlan {

    /**
     * One stored tensor and what becomes of it.
     *
     * @param target file in the model folder
     * @param outputs tensors of that file, which are written in this order
     */
    private record Step(TensorFile file, TensorInfo source, String target, List<SafeTensors.TensorData> outputs) {
        long outputBytes() {
            return outputs.stream().mapToLong(SafeTensors.TensorData::nbytes).sum();
        }
    }

    /**
     * What an interrupted conversion has left in a folder.
     *
     * @param doneBytes of the source that need not be read again
     * @param otherConversion whether it was a conversion of other files, or in another way, and will be deleted
     */
    public record Continuation(long doneBytes, boolean otherConversion) {
        /** Whether files of the model in the folder are those of an interrupted conversion. */
        public boolean isUnfinished() {
            return doneBytes > 0 || otherConversion;
        }
    }

    private final List<Step> steps = new ArrayList<>();
    private final Map<String, SafeTensors.Layout> layouts = new LinkedHashMap<>();
    private final Map<String, byte[]> otherFiles = new LinkedHashMap<>();
    private final ModelSpec spec;
    private final LoadReport report;

    /** @param tokenizer content of {@code spiece.model} */
    ConversionPlan(
            Checkpoint model,
            Checkpoint autoencoder,
            byte[] tokenizer,
            ModelSpec spec,
            Checkpoint.LoadDType loadDType,
            LoadReport report) {
        this.report = report;
        this.spec = spec;
        ModelFolder.groupByFile(
                        CheckpointConverter.specs(model, spec.model()),
                        CheckpointConverter.specs(autoencoder, spec.autoencoder()))
                .forEach((file, specs) -> {
                    if (file.equals(ModelFolder.AUTOENCODER))
                        addFile(file, specs, autoencoder, Checkpoint.LoadDType.FLOAT32);
                    else addFile(file, specs, model, loadDType);
                });
        Map<TensorFile, Integer> order = new LinkedHashMap<>();
        for (Step step : steps) order.putIfAbsent(step.file, order.size());
        steps.sort(Comparator.comparingInt((Step step) -> order.get(step.file))
                .thenComparingLong(step -> step.source.offset()));
        otherFiles.put(ModelFolder.TOKENIZER, tokenizer);
        otherFiles.put(ModelFolder.CONFIG, spec.configJson().getBytes(StandardCharsets.UTF_8)); // marks it as complete
    }

    private void addFile(
            String file,
            Map<String, ShapeRecorder.TensorSpec> specs,
            Checkpoint source,
            Checkpoint.LoadDType loadDType) {
        List<SafeTensors.TensorData> tensors = new ArrayList<>();
        Map<String, String> metadata = new TreeMap<>(Map.of("format", "pt"));
        specs.forEach((key, tensorSpec) -> {
            List<SafeTensors.TensorData> outputs = isQuantized(file, source.tensorInfo(key), key)
                    ? Int8Quantization.quantize(
                            source.tensorData(key, tensorSpec.shape(), Checkpoint.LoadDType.FLOAT32))
                    : List.of(source.tensorData(key, tensorSpec.shape(), loadDType));
            steps.add(new Step(source.fileOf(key), source.tensorInfo(key), file, outputs));
            tensors.addAll(outputs);
            String merged = source.fileOf(key).metadata().get(ModelFolder.MERGED_LORAS);
            if (merged != null) metadata.put(ModelFolder.MERGED_LORAS, merged);
        });
        layouts.put(file, SafeTensors.Layout.of(metadata, tensors));
    }

    private boolean isQuantized(String file, TensorInfo source, String key) {
        return spec.int8Files().contains(file) && spec.model().isQuantizable(key) && source.dtype() != DType.I8;
    }

    /** The tensors that are used, remapped, or not used. */
    public LoadReport report() {
        return report;
    }

    /** Number of bytes that are read. */
    public long sourceBytes() {
        return steps.stream().mapToLong(step -> step.source.nbytes()).sum();
    }

    /** Size of the model folder in bytes. */
    public long outputBytes() {
        return layouts.values().stream()
                        .mapToLong(SafeTensors.Layout::totalBytes)
                        .sum()
                + otherFiles.values().stream()
                        .mapToLong(content -> content.length)
                        .sum();
    }

    /** What an interrupted conversion has left in {@code folder}. */
    public Continuation continuation(Path folder) {
        try {
            ConversionJournal journal = new ConversionJournal(folder, identity());
            return new Continuation(doneBytes(journal), journal.isOfOtherConversion());
        } catch (IOException e) {
            throw AtomicFile.writeFailed(folder, e);
        }
    }

    /** Whether {@code folder} has files of a model that no interrupted conversion has left there. */
    public boolean hasOtherModel(Path folder) {
        return !continuation(folder).isUnfinished()
                && ModelFolder.FILES.stream().anyMatch(file -> Files.exists(folder.resolve(file)));
    }

    /** Says that the folder is not free. */
    public static UsageException otherModel(Path folder) {
        return new UsageException(
                "%s: contains another model, or a part of one. Choose another folder, or delete it first.", folder);
    }

    private static boolean isDone(Step step, ConversionJournal journal) {
        return step.outputs.stream().allMatch(output -> journal.contains(step.target, output));
    }

    private long doneBytes(ConversionJournal journal) {
        return steps.stream()
                .filter(step -> isDone(step, journal))
                .mapToLong(step -> step.source.nbytes())
                .sum();
    }

    /** A line that differs when a source or an output does. */
    private String identity() {
        MessageDigest digest = Sha256.newDigest();
        for (Step step : steps) {
            ByteSource source = step.file.source();
            String line = source.path() + " " + source.size() + " " + source.version() + " " + step.source + " "
                    + step.source.offset() + " " + step.file.crc32(step.source) + "\n";
            digest.update(line.getBytes(StandardCharsets.UTF_8));
        }
        for (SafeTensors.Layout layout : layouts.values()) digest.update(layout.header());
        return "mige4j conversion " + HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Writes the model folder, or continues to.
     *
     * @param progress called with {@code label}, the source bytes that are converted, and {@link #sourceBytes}
     * @throws WeightsException when a source is damaged
     * @throws UsageException when the folder {@link #hasOtherModel has another model}, the disk is full, or a server
     *     cannot be reached
     * @throws CancelledException when {@code progress} returned false; what is written is kept for the next run
     */
    public void run(Path folder, String label, ProgressListener progress) {
        try {
            Files.createDirectories(folder);
            try (FolderLock lock = FolderLock.acquire(folder, "download")) {
                if (hasOtherModel(folder)) throw otherModel(folder);
                ConversionJournal journal = new ConversionJournal(folder, identity());
                run(new ResumableModelFolder(folder, layouts, journal), journal, label, progress);
            }
        } catch (IOException e) {
            if (AtomicFile.isDiskFull(e))
                throw new UsageException(
                        "%s: the disk is full. Make room; the same command continues from there.", folder, e);
            throw AtomicFile.writeFailed(folder, e);
        }
    }

    private void run(ResumableModelFolder folder, ConversionJournal journal, String label, ProgressListener progress)
            throws IOException {
        try (folder) {
            List<Step> remaining =
                    steps.stream().filter(step -> !isDone(step, journal)).toList();
            announce(remaining);
            long done = doneBytes(journal), total = sourceBytes();
            for (Step step : remaining) {
                long before = done, outputBytes = Math.max(1, step.outputBytes());
                folder.write(step.target, step.outputs, written -> {
                    double sourceBytes = step.source.nbytes() * ((double) written / outputBytes);
                    if (!progress.onProgress(label, before + Math.round(sourceBytes), total))
                        throw new CancelledException(
                                "Cancelled after %s of %s; the same command continues from there.",
                                ByteSize.format(before), ByteSize.format(total));
                });
                done += step.source.nbytes();
            }
            verifySources(folder);
            folder.finish(otherFiles);
        }
    }

    private void verifySources(ResumableModelFolder folder) throws IOException {
        for (ByteSource source :
                steps.stream().map(step -> step.file.source()).distinct().toList()) {
            try {
                source.verify();
            } catch (WeightsException e) {
                for (Step step : steps) if (step.file.source() == source) folder.discard(step.target, step.outputs);
                throw e;
            }
        }
    }

    private static void announce(List<Step> steps) {
        Map<ByteSource, List<ByteSource.ByteRange>> ranges = new LinkedHashMap<>();
        for (Step step : steps)
            ranges.computeIfAbsent(step.file.source(), source -> new ArrayList<>())
                    .add(step.file.byteRange(step.source));
        ranges.forEach(ByteSource::announce);
    }
}
