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
 * The painted lands of all scenes at one size: {@link #LAYOUTS} layouts a scene, each painted once, when first asked
 * for, and then kept in a file (or in memory when there is none).
 */
public final class BackgroundCache {

    /** Layouts a scene; with mirroring, skies and things on top, no two pictures are alike. */
    static final int LAYOUTS = 120;

    /** To be raised whenever the painting changes. */
    private static final int VERSION = 1;

    private final int size;
    private final SpriteStore sprites;
    private final AtomicReferenceArray<Background> cached = new AtomicReferenceArray<>(Scene.ALL.size() * LAYOUTS);
    private final FileChannel channel;

    private BackgroundCache(int size, SpriteStore sprites, FileChannel channel) {
        this.size = size;
        this.sprites = sprites;
        this.channel = channel;
    }

    /** Lands kept in memory only. */
    public static BackgroundCache inMemory(int size, SpriteStore sprites) {
        return new BackgroundCache(size, sprites, null);
    }

    /** Lands kept in a file of the folder; it grows as layouts are asked for. */
    public static BackgroundCache open(Path folder, int size, SpriteStore sprites) {
        try {
            Path path = folder.resolve("lands-" + size + "-" + VERSION + ".bin");
            Files.createDirectories(folder);
            return new BackgroundCache(
                    size,
                    sprites,
                    FileChannel.open(
                            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int size() {
        return size;
    }

    /** The land of the layout that this seed falls on. */
    Background get(Scene scene, long seed) {
        int layout = RandomStream.named(seed, "layout").nextInt(LAYOUTS),
                slot = Scene.ALL.indexOf(scene) * LAYOUTS + layout;
        Background background = channel == null
                ? cached.get(slot)
                : load(slot); // a file's pages are cached by the system, outside our heap
        if (background != null) return background;
        background = generate(scene, layout);
        if (channel == null) cached.set(slot, background);
        else store(slot, background);
        return background;
    }

    /** Paints every layout that is not in the file yet. */
    public void precompute(ProgressListener progress) {
        int done = 0, total = Scene.ALL.size() * LAYOUTS;
        for (Scene scene : Scene.ALL)
            for (int layout = 0; layout < LAYOUTS; layout++) {
                int slot = Scene.ALL.indexOf(scene) * LAYOUTS + layout;
                if (load(slot) == null) store(slot, generate(scene, layout));
                if (!progress.onProgress("lands", ++done, total)) return;
            }
    }

    private Background generate(Scene scene, int layout) {
        Painter painter = new Painter(4 * size);
        BackgroundGenerators.of(scene).generate(painter, RandomStream.named(layout, "land " + scene.name()), sprites);
        return painter.downsample(size);
    }

    // A slot is a byte that says "whole", written after the pixels: a killed process leaves no half land behind.

    private Background load(int slot) {
        if (channel == null) return null;
        try {
            int length = Background.BYTES_PER_PIXEL * size * size;
            ByteBuffer buffer = ByteBuffer.allocate(length + 1);
            long offset = (length + 1L) * slot;
            while (buffer.hasRemaining()) if (channel.read(buffer, offset + buffer.position()) < 0) return null;
            return buffer.array()[length] == 1 ? Background.fromBytes(size, buffer.array()) : null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void store(int slot, Background background) {
        if (channel == null) return;
        try {
            byte[] bytes = background.toBytes();
            long offset = (bytes.length + 1L) * slot;
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) channel.write(buffer, offset + buffer.position());
            channel.write(ByteBuffer.wrap(new byte[] {1}), offset + bytes.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
