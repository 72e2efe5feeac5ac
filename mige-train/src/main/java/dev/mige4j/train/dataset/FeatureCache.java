package dev.mige4j.train.dataset;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.train.config.TrainConfigs;
import dev.mige4j.train.logging.TrainingListener;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Examples as the training needs them, computed once: token ids, latents' means and deviations, and what the frozen
 * tower saw.
 *
 * <p>Files of {@value #SHARD} records; each record is its length and then, big-endian:
 *
 * <pre>
 *   kind | pictures P | source or −1 | references R, their picture numbers | segments S, each its length and ids
 *   mask [h · w] bytes | moments P · [2c, h, w] bfloat16 (little-endian) | tower R · [T, W] bfloat16 (little-endian)
 * </pre>
 *
 * Picture 0 is the target. A source that is also a reference is one picture.
 */
public final class FeatureCache {

    /** Sizes and origin of all records; a cache with another one is refused. */
    public record Spec(
            int imageSize,
            int latentChannels,
            int latentSize,
            int visionTokens,
            int visionWidth,
            int shardSize,
            long seed,
            String weightsFingerprint) {
        int momentBytes() {
            return 2 * latentChannels * latentSize * latentSize * 2;
        }

        int visionFeatureBytes() {
            return visionTokens * visionWidth * 2;
        }
    }

    /** One record; {@code moments} and {@code tower} are views of the file. */
    public record FeatureRecord(
            TaskKind taskKind,
            int sourceIndex,
            int[] referenceIndices,
            List<int[]> segments,
            byte[] mask,
            ByteBuffer moments,
            ByteBuffer visionFeatures) {}

    /** Makes the records first to first + count - 1, each as bytes of {@link #encode}. */
    public interface FeatureExtractor {
        List<byte[]> extract(int first, int count);
    }

    private static final int RECORDS_PER_CHUNK = 50;
    private static final String SPEC_FILE = "cache.json";

    private final Spec spec;
    private final List<ByteBuffer> records = new ArrayList<>();

    private FeatureCache(Spec spec) {
        this.spec = spec;
    }

    /** Opens the first {@code count} records of a folder, making those that are missing. */
    public static FeatureCache open(
            Path folder, Spec spec, int count, FeatureExtractor extractor, TrainingListener listener) {
        try {
            Files.createDirectories(folder);
            checkSpec(folder, spec);
            FeatureCache cache = new FeatureCache(spec);
            int shards = (count + spec.shardSize() - 1) / spec.shardSize(), extracted = 0;
            long startNanos = System.nanoTime();
            for (int shard = 0; shard < shards; shard++) {
                Path file = folder.resolve("records-%05d.bin".formatted(shard));
                if (!Files.exists(file)) {
                    int firstRecord = shard * spec.shardSize(),
                            extractedBefore = extracted,
                            total = shards * spec.shardSize();
                    fill(file, firstRecord, spec.shardSize(), extractor, done -> {
                        double seconds = (System.nanoTime() - startNanos) / 1e9;
                        int extractedSoFar = extractedBefore + done, remaining = total - firstRecord - done;
                        return listener.onProgress(
                                firstRecord + done,
                                total,
                                Duration.ofSeconds((long) (seconds / extractedSoFar * remaining)),
                                Map.of("records_per_second", extractedSoFar / seconds));
                    });
                    extracted += spec.shardSize();
                }
                cache.mapShard(file);
            }
            while (cache.records.size() > count) cache.records.remove(cache.records.size() - 1);
            return cache;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void checkSpec(Path folder, Spec spec) throws IOException {
        Path specFile = folder.resolve(SPEC_FILE);
        if (!Files.exists(specFile)) TrainConfigs.writeJson(specFile, spec);
        Spec found = new com.fasterxml.jackson.databind.ObjectMapper().readValue(specFile.toFile(), Spec.class);
        if (!found.equals(spec))
            throw new UsageException(
                    "the records in %s were made as %s, but now it is %s. Delete them, or choose another cache.",
                    folder, found, spec);
    }

    private interface ShardProgress {
        boolean step(int done);
    }

    private static void fill(Path file, int first, int count, FeatureExtractor extractor, ShardProgress progress)
            throws IOException {
        Path tempFile = file.resolveSibling(file.getFileName() + ".part");
        try (FileChannel out = FileChannel.open(
                tempFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (int done = 0; done < count; done += RECORDS_PER_CHUNK) {
                int chunk = Math.min(RECORDS_PER_CHUNK, count - done);
                for (byte[] record : extractor.extract(first + done, chunk)) {
                    ByteBuffer bytes = ByteBuffer.allocate(4 + record.length)
                            .putInt(record.length)
                            .put(record)
                            .flip();
                    while (bytes.hasRemaining()) out.write(bytes);
                }
                if (!progress.step(done + chunk))
                    throw new UsageException("stopped while making records; those of finished files stay");
            }
        }
        Files.move(tempFile, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private void mapShard(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            while (mapped.hasRemaining()) {
                int length = mapped.getInt();
                records.add(mapped.slice(mapped.position(), length));
                mapped.position(mapped.position() + length);
            }
        }
    }

    public static byte[] encode(
            TaskKind taskKind,
            int imageCount,
            int sourceIndex,
            int[] referenceIndices,
            List<int[]> segments,
            byte[] mask,
            byte[] moments,
            byte[] visionFeatures) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(taskKind.id());
            out.writeInt(imageCount);
            out.writeInt(sourceIndex);
            writeInts(out, referenceIndices);
            out.writeInt(segments.size());
            for (int[] segment : segments) writeInts(out, segment);
            out.write(mask);
            out.write(moments);
            out.write(visionFeatures);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void writeInts(DataOutputStream out, int[] numbers) throws IOException {
        out.writeInt(numbers.length);
        for (int n : numbers) out.writeInt(n);
    }

    public int count() {
        return records.size();
    }

    public TaskKind taskKind(int i) {
        return TaskKind.fromId(records.get(i).getInt(0));
    }

    public FeatureRecord get(int i) {
        ByteBuffer in = records.get(i).duplicate();
        TaskKind taskKind = TaskKind.fromId(in.getInt());
        int imageCount = in.getInt(), sourceIndex = in.getInt();
        int[] referenceIndices = readInts(in);
        int[][] segments = new int[in.getInt()][];
        for (int s = 0; s < segments.length; s++) segments[s] = readInts(in);
        byte[] mask = new byte[spec.latentSize() * spec.latentSize()];
        in.get(mask);
        ByteBuffer moments =
                in.slice(in.position(), imageCount * spec.momentBytes()).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer visionFeatures = in.slice(
                        in.position() + moments.capacity(), referenceIndices.length * spec.visionFeatureBytes())
                .order(ByteOrder.LITTLE_ENDIAN);
        return new FeatureRecord(
                taskKind, sourceIndex, referenceIndices, Arrays.asList(segments), mask, moments, visionFeatures);
    }

    private static int[] readInts(ByteBuffer in) {
        int[] numbers = new int[in.getInt()];
        for (int i = 0; i < numbers.length; i++) numbers[i] = in.getInt();
        return numbers;
    }
}
