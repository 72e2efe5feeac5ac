package dev.mige4j.corpus.sprites;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.TsvResource;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.CRC32;

/**
 * The sprites of a corpus by concept and icon set. Sprites of a file are read when they are first used and held by soft
 * references. Thread-safe.
 *
 * <p>File format: int magic, int count; for each sprite UTF concept, UTF icon set, int width, int height, long offset
 * of its pixels; then the pixels as little-endian premultiplied ARGB.
 */
public final class SpriteStore {

    private static final int MAGIC = 0x4d495350;

    /** A sprite that is loaded on demand. */
    private static final class CachedSprite {
        private final Supplier<Sprite> loader;
        private volatile SoftReference<Sprite> cached = new SoftReference<>(null);

        CachedSprite(Supplier<Sprite> loader) {
            this.loader = loader;
        }

        Sprite get() {
            Sprite sprite = cached.get();
            if (sprite == null) {
                sprite = loader.get();
                cached = new SoftReference<>(sprite);
            }
            return sprite;
        }
    }

    /** The header of one sprite in a file. */
    private record SpriteHeader(String concept, String iconSet, int width, int height, long offset) {
        static SpriteHeader read(DataInputStream in) throws IOException {
            return new SpriteHeader(in.readUTF(), in.readUTF(), in.readInt(), in.readInt(), in.readLong());
        }

        /** Length of the header in the file. */
        int bytes() {
            return 2 + utf8Length(concept) + 2 + utf8Length(iconSet) + 4 + 4 + 8;
        }

        private static int utf8Length(String text) {
            return text.getBytes(StandardCharsets.UTF_8).length;
        }
    }

    private final Map<String, Map<String, CachedSprite>> byConcept = new LinkedHashMap<>();

    private SpriteStore() {}

    /** A store of sprites in memory. */
    public static SpriteStore of(Collection<Sprite> sprites) {
        SpriteStore store = new SpriteStore();
        for (Sprite s : sprites) store.add(s.concept(), s.iconSet(), () -> s);
        return store;
    }

    /** A store with these sprites too; one of the same concept and icon set replaces the one here. */
    public SpriteStore with(Collection<Sprite> sprites) {
        SpriteStore extended = new SpriteStore();
        byConcept.forEach((concept, sets) -> extended.byConcept.put(concept, new LinkedHashMap<>(sets)));
        for (Sprite s : sprites) extended.add(s.concept(), s.iconSet(), () -> s);
        return extended;
    }

    private void add(String concept, String iconSet, Supplier<Sprite> loader) {
        byConcept.computeIfAbsent(concept, c -> new LinkedHashMap<>()).put(iconSet, new CachedSprite(loader));
    }

    /**
     * The sprite of a concept in an icon set.
     *
     * @throws UsageException when there is none
     */
    public Sprite get(String concept, String iconSet) {
        CachedSprite entry = byConcept.getOrDefault(concept, Map.of()).get(iconSet);
        if (entry == null) throw new UsageException("There is no icon of '%s' in the icon set '%s'.", concept, iconSet);
        return entry.get();
    }

    /** Whether the icon set has a sprite of the concept. */
    public boolean contains(String concept, String iconSet) {
        return byConcept.getOrDefault(concept, Map.of()).containsKey(iconSet);
    }

    /** The icon sets that have a sprite of the concept, in the order they were added. */
    public List<String> iconSetsOf(String concept) {
        return List.copyOf(byConcept.getOrDefault(concept, Map.of()).keySet());
    }

    /** Number of sprites. */
    public int size() {
        return byConcept.values().stream().mapToInt(Map::size).sum();
    }

    /** Writes sprites to a file for {@link #open}. */
    public static void write(Path file, List<Sprite> sprites) {
        AtomicFile.write(file, stream -> {
            DataOutputStream out = new DataOutputStream(stream);
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
            out.flush();
        });
    }

    /**
     * Opens the sprites of a file; it stays open as long as the store is reachable.
     *
     * @param halfSize whether to drop the largest mip level, which takes three quarters of the memory
     * @throws UsageException when the file has another format
     */
    public static SpriteStore open(Path file, boolean halfSize) {
        try {
            List<SpriteHeader> headers = readHeaders(file);
            long pixelsStart =
                    8 + headers.stream().mapToLong(SpriteHeader::bytes).sum();
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            SpriteStore store = new SpriteStore();
            for (SpriteHeader h : headers)
                store.add(h.concept, h.iconSet, () -> {
                    Sprite sprite = Sprite.of(
                            h.concept, h.iconSet, h.width, h.height, readPixels(channel, pixelsStart + h.offset, h));
                    return halfSize ? sprite.halved() : sprite;
                });
            return store;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<SpriteHeader> readHeaders(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (in.readInt() != MAGIC)
                throw new UsageException(
                        "%s is not a sprite file. Delete it; it is created again from the packages.", file);
            int count = in.readInt();
            List<SpriteHeader> headers = new ArrayList<>(count);
            for (int i = 0; i < count; i++) headers.add(SpriteHeader.read(in));
            return headers;
        }
    }

    private static int[] readPixels(FileChannel channel, long offset, SpriteHeader header) {
        try {
            int[] argb = new int[header.width * header.height];
            ByteBuffer buffer = ByteBuffer.allocate(4 * argb.length).order(ByteOrder.LITTLE_ENDIAN);
            while (buffer.hasRemaining())
                if (channel.read(buffer, offset + buffer.position()) < 0)
                    throw new EOFException("the sprite file ends before the pixels of " + header);
            buffer.flip().asIntBuffer().get(argb);
            return argb;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A checksum of everything the sprites are made from: concepts, exclusions and packages. It is part of the name of
     * the sprite file.
     */
    public static String checksum() {
        CRC32 crc = new CRC32();
        for (Concept c : Concept.all()) update(crc, c.code() + c.name());
        for (String[] row : TsvResource.read(SpriteStore.class, "exclude.tsv")) update(crc, row[0] + row[1]);
        for (AssetPackages.AssetPackage p : AssetPackages.all()) update(crc, p.integrity());
        return Long.toHexString(crc.getValue());
    }

    private static void update(CRC32 crc, String text) {
        crc.update(text.getBytes(StandardCharsets.UTF_8));
    }
}
