package mige.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import mige.tensor.UsageException;

/** Writes a file under another name beside it and moves it into place when it is whole: a reader never sees half a file. */
final class Replacing {

    private Replacing() { }

    interface Body {
        void writeTo(FileChannel out) throws IOException;
    }

    /** Writes {@code target}; {@code bytes} is how much room it will need. Throws {@link UsageException} when the disk has not that much. */
    static void write(Path target, long bytes, Body body) {
        Path place = target.toAbsolutePath(), part = place.resolveSibling("." + place.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        try {
            Files.createDirectories(place.getParent());
            long free = Files.getFileStore(place.getParent()).getUsableSpace();
            if (free < bytes) throw full(target, bytes, free);
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
                body.writeTo(out);
                out.force(false);
            }
            move(part, place);
        } catch (IOException e) {
            throw failed(target, e);
        } finally {
            try {
                Files.deleteIfExists(part);
            } catch (IOException ignored) {
                // the half file stays under its own name; what went wrong before is the one to tell
            }
        }
    }

    /** Moves a whole file to its name, in one step where the file system can. */
    static void move(Path part, Path target) throws IOException {
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    static UsageException full(Path target, long bytes, long free) {
        return new UsageException(target + ": needs " + inWords(bytes) + ", the disk has " + inWords(free) + " free. Make room, or choose another folder.");
    }

    static UsageException failed(Path target, IOException e) {
        String what = String.valueOf(e.getMessage());
        if (what.contains("No space left") || what.contains("not enough space") || what.contains("quota"))
            return new UsageException(target + ": the disk is full; nothing was left behind. Make room, or choose another folder.");
        return new UsageException(target + ": could not be written (" + e.getClass().getSimpleName() + ": " + what + ").");
    }

    /** A number of bytes as people say it: {@code 1.5 GB}. */
    static String inWords(long bytes) {
        if (bytes < 1000) return bytes + " bytes";
        String[] units = {"kB", "MB", "GB", "TB", "PB", "EB"};
        double value = bytes / 1000.0;
        int unit = 0;
        while (value >= 999.95) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }
}
