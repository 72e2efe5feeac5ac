package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Checks output files and folders before the work begins. */
final class OutputFiles {

    private OutputFiles() {}

    /** The files for {@code count} images: the file itself, or with -1, -2, ... before its extension. */
    static List<Path> imageFiles(Path file, int count) {
        if (Files.isDirectory(file))
            throw new UsageException("%s is a folder; name a file in it, such as %s", file, file.resolve("out.png"));
        String name = file.getFileName() == null ? "" : file.getFileName().toString();
        if (!name.toLowerCase(Locale.ROOT).endsWith(".png"))
            throw new UsageException(
                    "%s does not end in .png; images are written as PNG, which stores their recipe", file);
        createFolder(file.toAbsolutePath().getParent());
        if (Files.exists(file) && !Files.isWritable(file))
            throw new UsageException("%s cannot be written; choose another file with -o", file);
        if (count <= 1) return List.of(file);
        String stem = name.substring(0, name.length() - 4), extension = name.substring(name.length() - 4);
        List<Path> files = new ArrayList<>();
        for (int i = 1; i <= count; i++) files.add(file.resolveSibling(stem + "-" + i + extension));
        return files;
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
