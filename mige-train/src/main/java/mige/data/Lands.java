package mige.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicReferenceArray;



/**
 * The painted lands of all scenes at one size: {@link #LAYOUTS} layouts a scene, each painted once, when first asked for,
 * and then kept in a file (or in memory when there is none).
 */
final class Lands {

    /** Layouts a scene; with mirroring, skies and things on top, no two pictures are alike. */
    static final int LAYOUTS = 120;

    /** To be raised whenever the painting changes. */
    private static final int VERSION = 1;

    private final int size;
    private final Sprites plants;
    private final AtomicReferenceArray<Land> made = new AtomicReferenceArray<>(Scene.ALL.size() * LAYOUTS);
    private final FileChannel file;

    private Lands(int size, Sprites plants, FileChannel file) {
        this.size = size;
        this.plants = plants;
        this.file = file;
    }

    /** Lands kept in memory only. */
    static Lands inMemory(int size, Sprites plants) {
        return new Lands(size, plants, null);
    }

    /** Lands kept in a file of the folder; it grows as layouts are asked for. */
    static Lands in(Path folder, int size, Sprites plants) {
        try {
            Path path = folder.resolve("lands-" + size + "-" + VERSION + ".bin");
            Files.createDirectories(folder);
            return new Lands(size, plants, FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int size() {
        return size;
    }

    /** The land of the layout that this seed falls on. */
    Land of(Scene scene, long seed) {
        int layout = Dice.of(seed, "layout").below(LAYOUTS), slot = Scene.ALL.indexOf(scene) * LAYOUTS + layout;
        Land land = file == null ? made.get(slot) : load(slot);     // a file's pages are cached by the system, outside our heap
        if (land != null) return land;
        land = paint(scene, layout);
        if (file == null) made.set(slot, land);
        else store(slot, land);
        return land;
    }

    /** Paints every layout that is not in the file yet. */
    void prepare(Steps progress) {
        int done = 0, all = Scene.ALL.size() * LAYOUTS;
        for (Scene scene : Scene.ALL) for (int layout = 0; layout < LAYOUTS; layout++) {
            int slot = Scene.ALL.indexOf(scene) * LAYOUTS + layout;
            if (load(slot) == null) store(slot, paint(scene, layout));
            if (!progress.step("lands", ++done, all)) return;
        }
    }

    private Land paint(Scene scene, int layout) {
        Easel easel = new Easel(4 * size);
        scene.painter().paint(easel, Dice.of(layout, "land " + scene.name()), plants);
        return easel.reduce(size);
    }

    // A slot is a byte that says "whole", written after the pixels: a killed process leaves no half land behind.

    private Land load(int slot) {
        if (file == null) return null;
        try {
            int bytes = Land.BYTES * size * size;
            ByteBuffer b = ByteBuffer.allocate(bytes + 1);
            long at = (bytes + 1L) * slot;
            while (b.hasRemaining()) if (file.read(b, at + b.position()) < 0) return null;
            return b.array()[bytes] == 1 ? Land.unpack(size, b.array()) : null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void store(int slot, Land land) {
        if (file == null) return;
        try {
            byte[] all = land.pack();
            long at = (all.length + 1L) * slot;
            ByteBuffer b = ByteBuffer.wrap(all);
            while (b.hasRemaining()) file.write(b, at + b.position());
            file.write(ByteBuffer.wrap(new byte[] {1}), at + all.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
