package dev.mige4j.cli;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Checks output files and folders before the work begins. */
final class OutputFiles {

    private OutputFiles() {}

    /**
     * Rejects a name under which a file would be lost: that of an input, and unless {@code force}, of any file.
     *
     * @param inputs the files that the command reads
     */
    static void requireFree(Path file, boolean force, List<Path> inputs) {
        if (!exists(file)) return;
        for (Path input : inputs)
            if (isSameFile(file, input))
                throw new UsageException(
                        "%s is an input of this command, and an input is never replaced; choose another name with -o",
                        file);
        if (!force) throw existsAlready(file);
        if (Files.isDirectory(file) || !Files.isWritable(file))
            throw new UsageException("%s cannot be replaced; choose another name with -o", file);
    }

    /**
     * Writes a file; unless {@code force}, not over one that has appeared since {@link #requireFree}.
     *
     * @throws UsageException when it cannot be written
     */
    static void write(Path file, boolean force, AtomicFile.StreamWriter content) {
        if (force) AtomicFile.write(file, content);
        else if (!AtomicFile.create(file, content)) throw existsAlready(file);
    }

    private static UsageException existsAlready(Path file) {
        return new UsageException("%s exists; choose another name with -o, or replace it with --force", file);
    }

    /** Also by another spelling, a symbolic link or a hard link. */
    private static boolean isSameFile(Path output, Path input) {
        try {
            return Files.isSameFile(output, input);
        } catch (IOException e) {
            return false; // one of them is missing
        }
    }

    /** Whether there is a file of this name, or a link to one that is missing. */
    static boolean exists(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Creates a folder in which a command replaces its files when it is run again, and marks it with a hidden file; one
     * with files must have that mark.
     *
     * @param command such as {@code demo}
     */
    static Path ownFolder(Path folder, String command) {
        Path mark = createFolder(folder).resolve(".mige-" + command);
        if (exists(mark)) return folder;
        if (!isEmptyExceptFor(mark) && !exists(mark)) // another process may mark the folder at the same time
        throw new UsageException(
                    "%s has files that mige %s did not write; choose another folder with -o, or create the file %s to"
                            + " let the command replace files there",
                    folder, command, mark);
        AtomicFile.write(mark, "mige " + command + " replaces its files in this folder.\n");
        return folder;
    }

    /**
     * Deletes a folder of {@link #ownFolder} that has nothing but its mark, because the command was refused. One that
     * another process uses has more, such as its lock.
     */
    static void discardUnused(Path folder, String command) {
        Path mark = folder.resolve(".mige-" + command);
        try (Stream<Path> files = Files.list(folder)) {
            if (!files.toList().equals(List.of(mark))) return;
            Files.delete(mark);
            Files.delete(folder);
        } catch (IOException ignored) {
            // the reason why the command was refused is more important
        }
    }

    /** Whether a folder has no files, except for a mark that is being written. */
    private static boolean isEmptyExceptFor(Path mark) {
        Path folder = mark.getParent();
        String name = mark.getFileName().toString();
        try (Stream<Path> files = Files.list(folder)) {
            return files.allMatch(file -> file.getFileName().toString().contains(name));
        } catch (IOException e) {
            throw new UsageException("%s: the folder cannot be read: %s", folder, describeError(e));
        }
    }

    /** Creates the folder if it does not exist and checks that it is writable. */
    static Path createFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UsageException("%s: the folder cannot be created: %s", folder, describeError(e));
        }
        if (!Files.isWritable(folder))
            throw new UsageException("%s: this folder cannot be written; choose another with -o", folder);
        return folder;
    }

    /** The reason of an I/O error, without the path that its message often repeats. */
    static String describeError(IOException e) {
        if (e instanceof java.nio.file.NoSuchFileException) return "there is no such file";
        if (e instanceof java.nio.file.AccessDeniedException) return "access is denied";
        if (e instanceof java.nio.file.FileAlreadyExistsException) return "a file with that name exists";
        if (e instanceof java.nio.file.FileSystemException fileSystemException
                && fileSystemException.getReason() != null) return fileSystemException.getReason();
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
