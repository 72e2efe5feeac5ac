package mige.train;

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
import mige.data.Kind;
import mige.tensor.UsageException;

/**
 * Examples as the training needs them, computed once: token ids, latents' means and deviations, and what the frozen tower saw.
 *
 * <p>Files of {@value #SHARD} records; each record is its length and then, big-endian:
 * <pre>
 *   kind | pictures P | source or −1 | references R, their picture numbers | segments S, each its length and ids
 *   mask [h · w] bytes | moments P · [2c, h, w] bfloat16 (little-endian) | tower R · [T, W] bfloat16 (little-endian)
 * </pre>
 * Picture 0 is the target. A source that is also a reference is one picture.
 */
final class RecordCache {

    /** Sizes and origin of all records; a cache with another one is refused. */
    record Shape(int size, int latentChannels, int latentSide, int towerTokens, int towerWidth, int shard, long seed, String origin) {
        int momentBytes() {
            return 2 * latentChannels * latentSide * latentSide * 2;
        }

        int towerBytes() {
            return towerTokens * towerWidth * 2;
        }
    }

    /** One record; {@code moments} and {@code tower} are views of the file. */
    record Entry(Kind kind, int source, int[] references, List<int[]> segments, byte[] mask, ByteBuffer moments, ByteBuffer tower) {}

    /** Makes the records first to first + count - 1, each as bytes of {@link #pack}. */
    interface Maker {
        List<byte[]> make(int first, int count);
    }

    private static final int GROUP = 50;
    private static final String ABOUT = "cache.json";

    private final Shape shape;
    private final List<ByteBuffer> records = new ArrayList<>();

    private RecordCache(Shape shape) {
        this.shape = shape;
    }

    /** Opens the first {@code count} records of a folder, making those that are missing. */
    static RecordCache open(Path folder, Shape shape, int count, Maker maker, Watch watch) {
        try {
            Files.createDirectories(folder);
            check(folder, shape);
            RecordCache cache = new RecordCache(shape);
            int shards = (count + shape.shard() - 1) / shape.shard(), made = 0;
            long began = System.nanoTime();
            for (int shard = 0; shard < shards; shard++) {
                Path file = folder.resolve("records-%05d.bin".formatted(shard));
                if (!Files.exists(file)) {
                    int from = shard * shape.shard(), before = made, all = shards * shape.shard();
                    fill(file, from, shape.shard(), maker, done -> {
                        double seconds = (System.nanoTime() - began) / 1e9;
                        int sofar = before + done, left = all - from - done;
                        return watch.step(from + done, all, Duration.ofSeconds((long) (seconds / sofar * left)), Map.of("records_per_second", sofar / seconds));
                    });
                    made += shape.shard();
                }
                cache.read(file);
            }
            while (cache.records.size() > count) cache.records.remove(cache.records.size() - 1);
            return cache;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void check(Path folder, Shape shape) throws IOException {
        Path about = folder.resolve(ABOUT);
        if (!Files.exists(about)) Recipes.write(about, shape);
        Shape found = new com.fasterxml.jackson.databind.ObjectMapper().readValue(about.toFile(), Shape.class);
        if (!found.equals(shape))
            throw new UsageException("the records in %s were made as %s, but now it is %s. Delete them, or choose another cache.", folder, found, shape);
    }

    private interface Heard {
        boolean step(int done);
    }

    private static void fill(Path file, int first, int count, Maker maker, Heard heard) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (int done = 0; done < count; done += GROUP) {
                int some = Math.min(GROUP, count - done);
                for (byte[] record : maker.make(first + done, some)) {
                    ByteBuffer bytes = ByteBuffer.allocate(4 + record.length).putInt(record.length).put(record).flip();
                    while (bytes.hasRemaining()) out.write(bytes);
                }
                if (!heard.step(done + some)) throw new UsageException("stopped while making records; those of finished files stay");
            }
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private void read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MappedByteBuffer all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            while (all.hasRemaining()) {
                int length = all.getInt();
                records.add(all.slice(all.position(), length));
                all.position(all.position() + length);
            }
        }
    }

    static byte[] pack(Kind kind, int pictures, int source, int[] references, List<int[]> segments, byte[] mask, byte[] moments, byte[] tower) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(kind.ordinal());
            out.writeInt(pictures);
            out.writeInt(source);
            write(out, references);
            out.writeInt(segments.size());
            for (int[] segment : segments) write(out, segment);
            out.write(mask);
            out.write(moments);
            out.write(tower);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(DataOutputStream out, int[] numbers) throws IOException {
        out.writeInt(numbers.length);
        for (int n : numbers) out.writeInt(n);
    }

    int count() {
        return records.size();
    }

    Kind kind(int i) {
        return Kind.values()[records.get(i).getInt(0)];
    }

    Entry entry(int i) {
        ByteBuffer in = records.get(i).duplicate();
        Kind kind = Kind.values()[in.getInt()];
        int pictures = in.getInt(), source = in.getInt();
        int[] references = numbers(in);
        int[][] segments = new int[in.getInt()][];
        for (int s = 0; s < segments.length; s++) segments[s] = numbers(in);
        byte[] mask = new byte[shape.latentSide() * shape.latentSide()];
        in.get(mask);
        ByteBuffer moments = in.slice(in.position(), pictures * shape.momentBytes()).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer tower = in.slice(in.position() + moments.capacity(), references.length * shape.towerBytes()).order(ByteOrder.LITTLE_ENDIAN);
        return new Entry(kind, source, references, Arrays.asList(segments), mask, moments, tower);
    }

    private static int[] numbers(ByteBuffer in) {
        int[] numbers = new int[in.getInt()];
        for (int i = 0; i < numbers.length; i++) numbers[i] = in.getInt();
        return numbers;
    }
}
