package dev.mige4j.common;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes files atomically: the content goes to a temporary file in the same folder, which is then moved into place. A
 * reader never sees a partial file, and a failed write leaves the old file untouched.
 */
public final class AtomicFile {

    private AtomicFile() {}

    /** Writes the content to an open channel. */
    @FunctionalInterface
    public interface ChannelWriter {
        void writeTo(FileChannel out) throws IOException;
    }

    /** Writes the content to a buffered stream. */
    @FunctionalInterface
    public interface StreamWriter {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes {@code target} through a channel; missing parent folders are created.
     *
     * @param requiredBytes size of the file; checked against the free disk space before anything is written
     * @throws UsageException when the disk is full or the file cannot be written
     */
    public static void write(Path target, long requiredBytes, ChannelWriter content) {
        write(target, requiredBytes, content, partFile -> {
            move(partFile, target);
            return true;
        });
    }

    /** Moves a complete file to its final name; returns whether it did. */
    @FunctionalInterface
    private interface Placement {
        boolean place(Path partFile) throws IOException;
    }

    private static boolean write(Path target, long requiredBytes, ChannelWriter content, Placement placement) {
        Path absolute = target.toAbsolutePath(), partFile = partFile(absolute);
        try {
            Files.createDirectories(absolute.getParent());
            long free = Files.getFileStore(absolute.getParent()).getUsableSpace();
            if (free < requiredBytes) throw diskFull(target, requiredBytes, free);
            try (FileChannel out =
                    FileChannel.open(partFile, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                content.writeTo(out);
                out.force(false);
            }
            return placement.place(partFile);
        } catch (IOException e) {
            throw writeFailed(target, e);
        } finally {
            deleteQuietly(partFile);
        }
    }

    /** Writes {@code target} through a buffered stream; as {@link #write(Path, long, ChannelWriter)} otherwise. */
    public static void write(Path target, StreamWriter content) {
        write(target, 0, buffered(content));
    }

    /**
     * As {@link #write(Path, StreamWriter)}, but never replaces a file, not even one that appears while the content is
     * written.
     *
     * @return false when there is a file with that name; it is left as it is
     */
    public static boolean create(Path target, StreamWriter content) {
        return write(target, 0, buffered(content), partFile -> moveToNew(partFile, target));
    }

    /** The name is taken first, with an empty file, because moving alone replaces a file on some systems. */
    private static boolean moveToNew(Path partFile, Path target) throws IOException {
        try {
            Files.createFile(target);
        } catch (FileAlreadyExistsException e) {
            return false;
        }
        try {
            move(partFile, target);
            return true;
        } catch (IOException e) {
            deleteQuietly(target);
            throw e;
        }
    }

    private static ChannelWriter buffered(StreamWriter content) {
        return channel -> {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
            content.writeTo(out);
            out.flush();
        };
    }

    /** Writes bytes. */
    public static void write(Path target, byte[] content) {
        write(target, content.length, channel -> {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) channel.write(bytes);
        });
    }

    /** Writes text as UTF-8. */
    public static void write(Path target, String content) {
        write(target, content.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Moves a complete file to its final name, atomically where the file system supports it; replaces an existing file.
     */
    public static void move(Path partFile, Path target) throws IOException {
        try {
            Files.move(partFile, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(partFile, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** The exception for a disk without enough free space. */
    public static UsageException diskFull(Path target, long requiredBytes, long freeBytes) {
        return new UsageException(
                "%s: needs %s, the disk has %s free. Make room, or choose another folder.",
                target, ByteSize.format(requiredBytes), ByteSize.format(freeBytes));
    }

    /** The exception for an {@link IOException} while writing {@code target}. */
    public static UsageException writeFailed(Path target, IOException e) {
        if (isDiskFull(e))
            return new UsageException(
                    "%s: the disk is full; nothing was left behind. Make room, or choose another folder.", target);
        return new UsageException(
                "%s: could not be written (%s: %s).", target, e.getClass().getSimpleName(), e.getMessage(), e);
    }

    /** Whether a file could not be written because the disk or the quota of the user is exhausted. */
    public static boolean isDiskFull(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left") || message.contains("not enough space") || message.contains("quota");
    }

    private static Path partFile(Path absolute) {
        String unique = ProcessHandle.current().pid() + "-"
                + Long.toHexString(ThreadLocalRandom.current().nextLong());
        return absolute.resolveSibling("." + absolute.getFileName() + "." + unique + ".part");
    }

    private static void deleteQuietly(Path partFile) {
        try {
            Files.deleteIfExists(partFile);
        } catch (IOException ignored) {
            // the partial file keeps its temporary name; the original exception is more important
        }
    }
}
