package dev.mige4j.train.dataset;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * Features of training examples on disk, computed once: token ids, moments of latents, and outputs of the frozen vision
 * encoder.
 *
 * <p>A file holds {@link Spec#shardSize} records. Each is its length and then, big-endian:
 *
 * <pre>
 *   group | task | source index or −1 | references R, their image indices | segments S, each its length and token ids
 *   correspondence: 0 or its length, and its values | mask [h · w] bytes
 *   length of the moments | moments of each image [2c, h, w] | vision features R · [T, W]
 * </pre>
 *
 * Moments and vision features are little-endian bfloat16. Group and task are UTF-8 with a length in front. Image 0 is
 * the target. A source that is also a reference is one image.
 */
public final class FeatureCache implements AutoCloseable {

    /** Version of the file format. */
    public static final int FORMAT = 3;

    /**
     * The inputs from which the records were computed; a cache with another specification is refused.
     *
     * @param gridSize patches along a side of an image, for the correspondence
     */
    public record Spec(
            int format,
            String dataset,
            int imageSize,
            int latentChannels,
            int latentSize,
            int gridSize,
            int visionTokens,
            int visionWidth,
            int shardSize,
            long seed,
            String weightsFingerprint) {

        public int momentBytes() {
            return 2 * latentChannels * latentSize * latentSize * 2;
        }

        public int visionFeatureBytes() {
            return visionTokens * visionWidth * 2;
        }
    }

    /**
     * The features of an example.
     *
     * @param correspondence see {@link TrainingExample#patchCorrespondence}; null when it is unknown
     * @param moments of its images, one after the other
     * @param visionFeatures of its references, one after the other
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record FeatureRecord(
            String group,
            String task,
            int sourceIndex,
            int[] referenceIndices,
            List<int[]> segments,
            int[] correspondence,
            byte[] mask,
            ByteBuffer moments,
            ByteBuffer visionFeatures) {

        FeatureRecord(
                String group,
                String task,
                int sourceIndex,
                int[] referenceIndices,
                List<int[]> segments,
                int[] correspondence,
                byte[] mask,
                byte[] moments,
                byte[] visionFeatures) {
            this(
                    group,
                    task,
                    sourceIndex,
                    referenceIndices,
                    segments,
                    correspondence,
                    mask,
                    ByteBuffer.wrap(moments),
                    ByteBuffer.wrap(visionFeatures));
        }
    }

    /** Computes records that are not cached yet. */
    public interface RecordSource {
        /**
         * The records {@code first} to {@code first + count - 1}.
         *
         * @param end no records from this index on will be needed
         */
        List<FeatureRecord> extract(int first, int count, int end);
    }

    private static final int RECORDS_PER_CHUNK = 50;
    private static final long MAX_CLOSE_MILLIS = 30_000;
    private static final String SPEC_FILE = "cache.json";

    private final Spec spec;
    private final ByteBuffer[] records;
    private volatile int available; // records before this index can be read
    private volatile RuntimeException failure;
    private volatile boolean closed;
    private Thread filling; // null: no records are computed in the background

    private FeatureCache(Spec spec, int count) {
        this.spec = spec;
        records = new ByteBuffer[count];
    }

    /**
     * Opens the first {@code count} records of a folder; computes those that are missing.
     *
     * @throws UsageException when the folder holds records of another specification or of an earlier release
     * @throws CancelledException when the listener cancels; complete files remain
     */
    public static FeatureCache open(Path folder, Spec spec, int count, RecordSource source, ProgressListener listener) {
        return open(folder, spec, count, 0, source, listener);
    }

    /**
     * The same as one of several machines.
     *
     * @param start where among the files to begin with computing, 0 to 1: machines that share the folder begin at
     *     different files, and each takes those that others have computed
     */
    public static FeatureCache open(
            Path folder, Spec spec, int count, double start, RecordSource source, ProgressListener listener) {
        FeatureCache cache = prepare(folder, spec, count);
        for (int i = 0, shards = cache.shards(); i < shards; i++)
            cache.computeIfMissing(folder, (i + (int) (start * shards)) % shards, i, source, listener);
        cache.fill(folder, source, listener);
        return cache;
    }

    /**
     * The same, but returns as soon as the first {@code minimum} records can be read. The others are computed by a
     * thread of their own, until the cache is closed.
     */
    public static FeatureCache openGrowing(
            Path folder, Spec spec, int count, int minimum, RecordSource source, ProgressListener listener) {
        FeatureCache cache = prepare(folder, spec, count);
        cache.filling = new Thread(() -> cache.fillInBackground(folder, source), "features");
        cache.filling.setDaemon(true);
        cache.filling.start();
        while (cache.available() < minimum) {
            if (!listener.onProgress("features", cache.available(), minimum)) {
                cache.close();
                throw new CancelledException("The feature extraction was cancelled; complete files remain.");
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                cache.close();
                throw new CancelledException("The feature extraction was interrupted; complete files remain.");
            }
        }
        return cache;
    }

    private static FeatureCache prepare(Path folder, Spec spec, int count) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        checkSpec(folder, spec);
        return new FeatureCache(spec, count);
    }

    private void fillInBackground(Path folder, RecordSource source) {
        try {
            fill(folder, source, (item, done, total) -> !closed);
        } catch (CancelledException e) {
            // closed by the reader
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private void fill(Path folder, RecordSource source, ProgressListener listener) {
        for (int shard = 0; shard < shards(); shard++) {
            computeIfMissing(folder, shard, shard, source, listener);
            mapShard(file(folder, shard), shard * spec.shardSize());
        }
    }

    private int shards() {
        return (records.length + spec.shardSize() - 1) / spec.shardSize();
    }

    private static Path file(Path folder, int shard) {
        return folder.resolve("features-%05d.bin".formatted(shard));
    }

    /** Writes the file of a shard if it does not exist; {@code done} are the shards before it in the progress. */
    private void computeIfMissing(Path folder, int shard, int done, RecordSource source, ProgressListener listener) {
        Path file = file(folder, shard);
        if (Files.exists(file)) return;
        int size = spec.shardSize(), total = shards() * size;
        ProgressListener reordered =
                (item, position, all) -> listener.onProgress(item, position + (long) (done - shard) * size, all);
        writeShard(file, shard * size, total, spec, source, reordered);
    }

    private static void checkSpec(Path folder, Spec spec) {
        Path specFile = folder.resolve(SPEC_FILE);
        if (!Files.exists(specFile)) {
            AtomicFile.write(specFile, Json.writePretty(spec));
            return;
        }
        if (!Json.read(specFile).toString().equals(Json.write(spec)))
            throw new UsageException(
                    "The features in %s were computed by an earlier release or from another model, dataset or seed."
                            + " Delete the folder to compute them again, or name another one in data.featureCache.",
                    folder);
    }

    private static void writeShard(
            Path file, int first, int total, Spec spec, RecordSource source, ProgressListener listener) {
        AtomicFile.write(file, 0, out -> {
            for (int done = 0; done < spec.shardSize(); done += RECORDS_PER_CHUNK) {
                int chunk = Math.min(RECORDS_PER_CHUNK, spec.shardSize() - done);
                for (FeatureRecord record : source.extract(first + done, chunk, total)) {
                    byte[] bytes = encode(record);
                    ByteBuffer framed = ByteBuffer.allocate(4 + bytes.length)
                            .putInt(bytes.length)
                            .put(bytes)
                            .flip();
                    while (framed.hasRemaining()) out.write(framed);
                }
                if (!listener.onProgress("features", first + done + chunk, total))
                    throw new CancelledException("The feature extraction was cancelled; complete files remain.");
            }
        });
    }

    private void mapShard(Path file, int first) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            int index = first;
            while (mapped.hasRemaining() && index < records.length) {
                int length = mapped.getInt();
                records[index++] = mapped.slice(mapped.position(), length);
                mapped.position(mapped.position() + length);
            }
            available = index;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] encode(FeatureRecord record) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        writeString(out, record.group());
        writeString(out, record.task());
        out.writeInt(record.sourceIndex());
        writeInts(out, record.referenceIndices());
        out.writeInt(record.segments().size());
        for (int[] segment : record.segments()) writeInts(out, segment);
        writeInts(out, record.correspondence() == null ? new int[0] : record.correspondence());
        out.write(record.mask());
        out.writeInt(record.moments().capacity());
        out.write(bytes(record.moments()));
        out.write(bytes(record.visionFeatures()));
        return bytes.toByteArray();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.capacity()];
        buffer.get(0, bytes);
        return bytes;
    }

    private static void writeString(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static void writeInts(DataOutputStream out, int[] numbers) throws IOException {
        out.writeInt(numbers.length);
        for (int n : numbers) out.writeInt(n);
    }

    public Spec spec() {
        return spec;
    }

    /**
     * The number of records that can be read now; it grows when the cache was opened growing.
     *
     * @throws RuntimeException the failure that ended the computation of further records
     */
    public int available() {
        if (failure != null) throw failure;
        return available;
    }

    /**
     * Ends the computation of further records and waits for the current ones: a process that ends while libtorch
     * computes can crash.
     */
    @Override
    public void close() {
        closed = true;
        try {
            if (filling != null) filling.join(MAX_CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The group of a record. */
    public String group(int i) {
        return readString(records[i].duplicate());
    }

    /** The task of a record. */
    public String task(int i) {
        ByteBuffer in = records[i].duplicate();
        readString(in);
        return readString(in);
    }

    /** A record; moments and vision features are views of the file. */
    public FeatureRecord get(int i) {
        ByteBuffer in = records[i].duplicate();
        String group = readString(in), task = readString(in);
        int sourceIndex = in.getInt();
        int[] referenceIndices = readInts(in);
        int[][] segments = new int[in.getInt()][];
        for (int s = 0; s < segments.length; s++) segments[s] = readInts(in);
        int[] correspondence = readInts(in);
        byte[] mask = new byte[spec.latentSize() * spec.latentSize()];
        in.get(mask);
        int momentBytes = in.getInt();
        ByteBuffer moments = in.slice(in.position(), momentBytes).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer visionFeatures = in.slice(
                        in.position() + momentBytes, referenceIndices.length * spec.visionFeatureBytes())
                .order(ByteOrder.LITTLE_ENDIAN);
        return new FeatureRecord(
                group,
                task,
                sourceIndex,
                referenceIndices,
                Arrays.asList(segments),
                correspondence.length == 0 ? null : correspondence,
                mask,
                moments,
                visionFeatures);
    }

    private static String readString(ByteBuffer in) {
        byte[] bytes = new byte[in.getInt()];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int[] readInts(ByteBuffer in) {
        int[] numbers = new int[in.getInt()];
        for (int i = 0; i < numbers.length; i++) numbers[i] = in.getInt();
        return numbers;
    }
}
