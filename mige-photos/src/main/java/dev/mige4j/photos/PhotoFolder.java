package dev.mige4j.photos;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The photographs in a folder and the folders below it. */
public final class PhotoFolder {

    private static final Set<String> EXTENSIONS = Set.of("jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "gif");

    private PhotoFolder() {}

    /**
     * The paths of all images relative to the folder, with {@code /} between folders, in the order of their characters.
     * Files are recognised by their extension; hidden files and folders are left out, and links to folders are not
     * followed.
     *
     * @throws UsageException when the folder cannot be read or holds no image
     */
    public static List<String> list(Path folder) {
        if (!Files.isDirectory(folder))
            throw new UsageException("%s is no folder; expected one with photographs.", folder);
        List<String> paths = new ArrayList<>();
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    return !directory.equals(folder) && isHidden(directory)
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (!isHidden(file) && isImage(file) && Files.isRegularFile(file))
                        paths.add(relativePath(folder, file));
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UsageException("%s cannot be listed: %s", folder, e.getMessage(), e);
        }
        if (paths.isEmpty())
            throw new UsageException(
                    "%s holds no photographs; expected files that end in .jpg, .png, .webp, .tif, .bmp or .gif.",
                    folder);
        Collections.sort(paths);
        return paths;
    }

    /**
     * The file of a path that {@link #list} returned, or that a file names.
     *
     * @throws UsageException when the path leads out of the folder, or the system has no such paths
     */
    public static Path resolve(Path folder, String path) {
        Path root = folder.toAbsolutePath().normalize(), file;
        try {
            file = root.resolve(path).normalize();
        } catch (InvalidPathException e) {
            throw new UsageException(
                    "'%s' is no path; expected that of an image in the folder %s.",
                    path.replaceAll("\\p{Cc}", "?"), folder, e);
        }
        if (file.equals(root) || !file.startsWith(root))
            throw new UsageException(
                    "The path '%s' leads out of the folder %s; expected the path of an image in it.", path, folder);
        return file;
    }

    private static boolean isHidden(Path path) {
        return path.getFileName().toString().startsWith(".");
    }

    private static boolean isImage(Path file) {
        String name = file.getFileName().toString();
        return EXTENSIONS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    private static String relativePath(Path folder, Path file) {
        return folder.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
    }
}
