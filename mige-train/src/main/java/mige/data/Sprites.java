package mige.data;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

import mige.tensor.UsageException;

/**
 * All drawings of the corpus, by concept and set; read from one packed file (mapped, so only what is used is in memory).
 *
 * <p>File {@code sprites.bin}: magic, count, then for each sprite concept, set, width, height and the offset of its
 * pixels; then the pixels, little-endian premultiplied ARGB at the full size.
 */
final class Sprites {

    private static final int MAGIC = 0x4d495350;

    private interface Source { Sprite load(); }

    /** Where a drawing comes from; kept in memory as long as there is room. */
    private static final class Slot {
        Source source;
        volatile SoftReference<Sprite> loaded = new SoftReference<>(null);
    }

    private final Map<String, Map<String, Slot>> byConcept = new LinkedHashMap<>();

    private Sprites() { }

    /** Sprites held in memory, as tests make them. */
    static Sprites of(Collection<Sprite> sprites) {
        Sprites all = new Sprites();
        for (Sprite s : sprites) all.add(s.concept(), s.set(), () -> s);
        return all;
    }

    private void add(String concept, String set, Source source) {
        Slot slot = new Slot();
        slot.source = source;
        byConcept.computeIfAbsent(concept, c -> new LinkedHashMap<>()).put(set, slot);
    }

    /** The drawing of a concept in a set. */
    Sprite get(String concept, String set) {
        Slot slot = byConcept.getOrDefault(concept, Map.of()).get(set);
        if (slot == null) throw new UsageException("There is no drawing of '%s' in '%s'; run the corpus fetch again", concept, set);
        Sprite s = slot.loaded.get();
        if (s == null) {
            s = slot.source.load();
            slot.loaded = new SoftReference<>(s);
        }
        return s;
    }

    boolean has(String concept, String set) {
        return byConcept.getOrDefault(concept, Map.of()).containsKey(set);
    }

    /** Sets in which the concept is drawn; may be empty. */
    List<String> setsOf(String concept) {
        return List.copyOf(byConcept.getOrDefault(concept, Map.of()).keySet());
    }

    /** Number of drawings. */
    int size() {
        return byConcept.values().stream().mapToInt(Map::size).sum();
    }

    static void write(Path file, List<Sprite> sprites) throws IOException {
        Path work = file.resolveSibling(file.getFileName() + ".part");
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(work), 1 << 20))) {
            out.writeInt(MAGIC);
            out.writeInt(sprites.size());
            long offset = 0;
            for (Sprite s : sprites) {
                out.writeUTF(s.concept());
                out.writeUTF(s.set());
                out.writeInt(s.width());
                out.writeInt(s.height());
                out.writeLong(offset);
                offset += 4L * s.width() * s.height();
            }
            for (Sprite s : sprites) {
                int[] p = s.levels()[0].argb();
                ByteBuffer b = ByteBuffer.allocate(4 * p.length).order(ByteOrder.LITTLE_ENDIAN);
                b.asIntBuffer().put(p);
                out.write(b.array());
            }
        }
        Files.move(work, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The drawings of a file; {@code half}: at half their size, which is enough for small pictures and a quarter of the memory. */
    static Sprites open(Path file, boolean half) {
        try {
            Sprites all = new Sprites();
            long base = 8;
            record Row(String concept, String set, int w, int h, long offset) { }
            List<Row> rows = new ArrayList<>();
            try (DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(Files.newInputStream(file)))) {
                if (in.readInt() != MAGIC) throw new UsageException("%s is no sprite file; delete it, it will be made again", file);
                int n = in.readInt();
                for (int i = 0; i < n; i++) {
                    Row r = new Row(in.readUTF(), in.readUTF(), in.readInt(), in.readInt(), in.readLong());
                    base += 4 + r.concept.getBytes("UTF-8").length + r.set.getBytes("UTF-8").length + 16;
                    rows.add(r);
                }
            }
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            long start = base;
            for (Row r : rows) all.add(r.concept, r.set, () -> load(channel, start + r.offset, r.concept, r.set, r.w, r.h, half));
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Sprite load(FileChannel channel, long at, String concept, String set, int w, int h, boolean half) {
        try {
            ByteBuffer b = ByteBuffer.allocate(4 * w * h).order(ByteOrder.LITTLE_ENDIAN);
            while (b.hasRemaining()) if (channel.read(b, at + b.position()) < 0) throw new IOException("sprites.bin ends early");
            int[] argb = new int[w * h];
            b.flip().asIntBuffer().get(argb);
            Sprite s = Sprite.of(concept, set, w, h, argb);
            return half ? s.halved() : s;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A number that changes when the table of concepts, exclusions or packages does: part of the file's name. */
    static String version() {
        CRC32 crc = new CRC32();
        for (Concept c : Concept.all()) crc.update((c.code() + c.name()).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        for (String[] row : Concept.table("exclude.tsv")) crc.update((row[0] + row[1]).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        for (Packages.Entry e : Packages.all()) crc.update(e.integrity().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue());
    }
}
