package dev.mige4j.corpus;

import dev.mige4j.common.UsageException;
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

/**
 * All drawings of the corpus, by concept and set; read from one packed file (mapped, so only what is used is in
 * memory).
 *
 * <p>File {@code sprites.bin}: magic, count, then for each sprite concept, set, width, height and the offset of its
 * pixels; then the pixels, little-endian premultiplied ARGB at the full size.
 */
final class SpriteStore {

    private static final int MAGIC = 0x4d495350;

    private interface SpriteLoader {
        Sprite load();
    }

    /** Where a drawing comes from; kept in memory as long as there is room. */
    private static final class CachedSprite {
        SpriteLoader loader;
        volatile SoftReference<Sprite> cached = new SoftReference<>(null);
    }

    private final Map<String, Map<String, CachedSprite>> byConcept = new LinkedHashMap<>();

    private SpriteStore() {}

    /** Sprites held in memory, as tests make them. */
    static SpriteStore of(Collection<Sprite> sprites) {
        SpriteStore store = new SpriteStore();
        for (Sprite s : sprites) store.add(s.concept(), s.iconSet(), () -> s);
        return store;
    }

    private void add(String concept, String iconSet, SpriteLoader loader) {
        CachedSprite entry = new CachedSprite();
        entry.loader = loader;
        byConcept.computeIfAbsent(concept, c -> new LinkedHashMap<>()).put(iconSet, entry);
    }

    /** The drawing of a concept in a set. */
    Sprite get(String concept, String iconSet) {
        CachedSprite entry = byConcept.getOrDefault(concept, Map.of()).get(iconSet);
        if (entry == null)
            throw new UsageException(
                    "There is no drawing of '%s' in '%s'; run the corpus fetch again", concept, iconSet);
        Sprite sprite = entry.cached.get();
        if (sprite == null) {
            sprite = entry.loader.load();
            entry.cached = new SoftReference<>(sprite);
        }
        return sprite;
    }

    boolean contains(String concept, String iconSet) {
        return byConcept.getOrDefault(concept, Map.of()).containsKey(iconSet);
    }

    /** Sets in which the concept is drawn; may be empty. */
    List<String> iconSetsOf(String concept) {
        return List.copyOf(byConcept.getOrDefault(concept, Map.of()).keySet());
    }

    /** Number of drawings. */
    int size() {
        return byConcept.values().stream().mapToInt(Map::size).sum();
    }

    static void write(Path file, List<Sprite> sprites) throws IOException {
        Path tempFile = file.resolveSibling(file.getFileName() + ".part");
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(tempFile), 1 << 20))) {
            out.writeInt(MAGIC);
            out.writeInt(sprites.size());
            long offset = 0;
            for (Sprite s : sprites) {
                out.writeUTF(s.concept());
                out.writeUTF(s.iconSet());
                out.writeInt(s.width());
                out.writeInt(s.height());
                out.writeLong(offset);
                offset += 4L * s.width() * s.height();
            }
            for (Sprite s : sprites) {
                int[] pixels = s.mipLevels()[0].argb();
                ByteBuffer buffer = ByteBuffer.allocate(4 * pixels.length).order(ByteOrder.LITTLE_ENDIAN);
                buffer.asIntBuffer().put(pixels);
                out.write(buffer.array());
            }
        }
        Files.move(tempFile, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * The drawings of a file; {@code half}: at half their size, which is enough for small pictures and a quarter of the
     * memory.
     */
    static SpriteStore open(Path file, boolean halfSize) {
        try {
            SpriteStore store = new SpriteStore();
            long headerBytes = 8;
            record Row(String concept, String set, int w, int h, long offset) {}
            List<Row> rows = new ArrayList<>();
            try (DataInputStream in =
                    new DataInputStream(new java.io.BufferedInputStream(Files.newInputStream(file)))) {
                if (in.readInt() != MAGIC)
                    throw new UsageException("%s is no sprite file; delete it, it will be made again", file);
                int n = in.readInt();
                for (int i = 0; i < n; i++) {
                    Row r = new Row(in.readUTF(), in.readUTF(), in.readInt(), in.readInt(), in.readLong());
                    headerBytes += 4 + r.concept.getBytes("UTF-8").length + r.set.getBytes("UTF-8").length + 16;
                    rows.add(r);
                }
            }
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            long pixelsStart = headerBytes;
            for (Row r : rows)
                store.add(
                        r.concept,
                        r.set,
                        () -> load(channel, pixelsStart + r.offset, r.concept, r.set, r.w, r.h, halfSize));
            return store;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Sprite load(
            FileChannel channel, long offset, String concept, String iconSet, int w, int h, boolean halfSize) {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(4 * w * h).order(ByteOrder.LITTLE_ENDIAN);
            while (buffer.hasRemaining())
                if (channel.read(buffer, offset + buffer.position()) < 0)
                    throw new IOException("sprites.bin ends early");
            int[] argb = new int[w * h];
            buffer.flip().asIntBuffer().get(argb);
            Sprite sprite = Sprite.of(concept, iconSet, w, h, argb);
            return halfSize ? sprite.halved() : sprite;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A number that changes when the table of concepts, exclusions or packages does: part of the file's name. */
    static String checksum() {
        CRC32 crc = new CRC32();
        for (Concept c : Concept.all())
            crc.update((c.code() + c.name()).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        for (String[] row : Concept.readTsv("exclude.tsv"))
            crc.update((row[0] + row[1]).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        for (AssetPackages.AssetPackage e : AssetPackages.all())
            crc.update(e.integrity().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue());
    }
}
