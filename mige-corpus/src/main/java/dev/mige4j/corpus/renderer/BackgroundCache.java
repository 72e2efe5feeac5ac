package dev.mige4j.corpus.renderer;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The backgrounds of all scenes at one size: {@link #LAYOUTS} layouts per scene, each painted when it is first needed
 * and kept in memory or in a file. Thread-safe.
 *
 * <p>File format: a slot per scene and layout with the planes of the {@link Background} and a byte that is 1 when the
 * slot is complete. It is written last, so that a process that is killed leaves no partial background behind.
 */
public final class BackgroundCache {

    /** Layouts per scene. Mirroring, skies and objects multiply the number of different images. */
    static final int LAYOUTS = 120;

    /** Part of the file name; to be incremented when the painting changes. */
    private static final int VERSION = 1;

    private final int size;
    private final SpriteStore sprites;
    private final AtomicReferenceArray<Background> inMemory;
    private final FileChannel channel;

    private BackgroundCache(int size, SpriteStore sprites, FileChannel channel) {
        this.size = size;
        this.sprites = sprites;
        this.channel = channel;
        inMemory = channel == null ? new AtomicReferenceArray<>(Scene.ALL.size() * LAYOUTS) : null;
    }

    /** A cache in memory, for images of {@code size} x {@code size} pixels. */
    public static BackgroundCache inMemory(int size, SpriteStore sprites) {
        return new BackgroundCache(size, sprites, null);
    }

    /** A cache in a file of the folder; the file stays open as long as the cache is reachable. */
    public static BackgroundCache open(Path folder, int size, SpriteStore sprites) {
        try {
            Files.createDirectories(folder);
            FileChannel channel = FileChannel.open(
                    folder.resolve("lands-" + size + "-" + VERSION + ".bin"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            return new BackgroundCache(size, sprites, channel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Side of the backgrounds in pixels. */
    public int size() {
        return size;
    }

    /** The background of a scene in the layout that this seed selects. */
    Background get(Scene scene, long seed) {
        int layout = RandomStream.named(seed, "layout").nextInt(LAYOUTS), slot = slotOf(scene, layout);
        Background background = load(slot);
        if (background == null) {
            background = generate(scene, layout);
            store(slot, background);
        }
        return background;
    }

    /** Paints all layouts that are not in the cache yet; the listener can cancel between two layouts. */
    public void precompute(ProgressListener progress) {
        int done = 0, total = Scene.ALL.size() * LAYOUTS;
        for (Scene scene : Scene.ALL)
            for (int layout = 0; layout < LAYOUTS; layout++) {
                int slot = slotOf(scene, layout);
                if (load(slot) == null) store(slot, generate(scene, layout));
                if (!progress.onProgress("backgrounds", ++done, total)) return;
            }
    }

    private static int slotOf(Scene scene, int layout) {
        return Scene.ALL.indexOf(scene) * LAYOUTS + layout;
    }

    private Background generate(Scene scene, int layout) {
        Painter painter = new Painter(4 * size);
        RandomStream random = RandomStream.named(layout, "land " + scene.name());
        BackgroundGenerators.of(scene).generate(painter, random, sprites);
        return painter.downsample(size);
    }

    /** The background in a slot; null when it has not been painted yet. */
    private Background load(int slot) {
        if (channel == null) return inMemory.get(slot);
        try {
            int length = Background.BYTES_PER_PIXEL * size * size;
            ByteBuffer buffer = ByteBuffer.allocate(length + 1);
            long offset = (length + 1L) * slot;
            while (buffer.hasRemaining()) if (channel.read(buffer, offset + buffer.position()) < 0) return null;
            return buffer.get(length) == 1 ? Background.fromBytes(size, buffer.array()) : null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void store(int slot, Background background) {
        if (channel == null) {
            inMemory.set(slot, background);
            return;
        }
        try {
            byte[] bytes = background.toBytes();
            long offset = (bytes.length + 1L) * slot;
            write(ByteBuffer.wrap(bytes), offset);
            write(ByteBuffer.wrap(new byte[] {1}), offset + bytes.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(ByteBuffer buffer, long offset) throws IOException {
        while (buffer.hasRemaining()) channel.write(buffer, offset + buffer.position());
    }
}
