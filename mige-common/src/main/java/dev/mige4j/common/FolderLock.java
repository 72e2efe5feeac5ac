package dev.mige4j.common;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Reserves a folder for one process at a time that fills it, among all processes of the computer. The operating system
 * releases the lock when its process ends, however it ends.
 */
public final class FolderLock implements AutoCloseable {

    private final Path file;
    private final FileChannel channel;

    private FolderLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Locks an existing folder. On a file system without locks, nothing is locked.
     *
     * @param activity what is done in the folder, such as {@code download}
     * @throws UsageException when another process does that in it, or it is not writable
     */
    public static FolderLock acquire(Path folder, String activity) {
        return tryAcquire(folder, activity)
                .orElseThrow(() -> new UsageException(
                        "%s: another %s into this folder is running. Wait until it has finished, or choose another"
                                + " folder.",
                        folder, activity));
    }

    /**
     * As {@link #acquire}, but empty when another process does that in the folder.
     *
     * @throws UsageException when the folder is not writable
     */
    public static Optional<FolderLock> tryAcquire(Path folder, String activity) {
        Path file = folder.resolve(".mige-" + activity + ".lock");
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (isLocked(channel) && Files.exists(file)) return Optional.of(new FolderLock(file, channel));
            channel.close();
            return Optional.empty();
        } catch (IOException e) {
            throw AtomicFile.writeFailed(file, e);
        }
    }

    private static boolean isLocked(FileChannel channel) {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) { // in this process
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() {
        try (channel) {
            Files.deleteIfExists(file);
        } catch (IOException ignored) {
            // an unlocked file does not hinder the next download
        }
    }
}
