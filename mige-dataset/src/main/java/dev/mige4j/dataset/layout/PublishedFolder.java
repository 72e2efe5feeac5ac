package dev.mige4j.dataset.layout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder of a dataset or benchmark as its authors publish it.
 *
 * <p>It is a download, so nothing in it is trusted: no path in its files leads out of the folder, neither by {@code ..}
 * nor by a symbolic link, and the size of its JSON files is limited.
 */
public final class PublishedFolder {

    /** Largest JSON file that is read, in bytes; the published ones have less than 2 MB. */
    public static final int MAX_JSON_BYTES = 16 << 20;

    private final Path root;
    private final String expected;

    private PublishedFolder(Path root, String expected) {
        this.root = root;
        this.expected = expected;
    }

    /**
     * Opens a folder.
     *
     * @param expected describes the folder in messages, such as {@code the folder of MIGEBench}
     * @param files paths of files that it must have
     * @throws UsageException when it does not exist or lacks one of the files
     */
    public static PublishedFolder open(Path root, String expected, String... files) {
        String description = expected + " with " + String.join(", ", files);
        if (!Files.isDirectory(root))
            throw new UsageException(
                    "%s %s; expected %s.",
                    root, Files.exists(root) ? "is not a folder" : "does not exist", description);
        for (String file : files)
            if (!Files.isRegularFile(root.resolve(file)))
                throw new UsageException(
                        "%s has no %s; expected %s%s.",
                        root,
                        file,
                        description,
                        folderWith(root, files)
                                .map(found -> ", which " + found + " has")
                                .orElse(""));
        return new PublishedFolder(root, expected);
    }

    /** A folder that has all of the files: the parent of {@code root}, or one inside of it. */
    private static Optional<Path> folderWith(Path root, String... files) {
        try (Stream<Path> children = Files.list(root)) {
            return Stream.concat(
                            Stream.ofNullable(root.toAbsolutePath().getParent()), children.filter(Files::isDirectory))
                    .filter(folder -> Arrays.stream(files).allMatch(file -> Files.isRegularFile(folder.resolve(file))))
                    .sorted()
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Parses a JSON file.
     *
     * @throws UsageException when it is too large or not JSON, or an object in it has the same key twice
     */
    public JsonNode json(String name) {
        Path file = root.resolve(name);
        try {
            long size = Files.size(file);
            if (size > MAX_JSON_BYTES)
                throw new UsageException(
                        "%s has %s, expected the file of %s, which has at most %s.",
                        file, ByteSize.format(size), expected, ByteSize.format(MAX_JSON_BYTES));
            return Json.MAPPER
                    .reader()
                    .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                    .readTree(Json.readText(file));
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not JSON: %s", file, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
    }

    /**
     * The lines of a text file in UTF-8, without white space at their ends.
     *
     * @throws UsageException when it is too large or not such a text
     */
    public List<String> lines(String name) {
        Path file = root.resolve(name);
        try {
            if (Files.size(file) > MAX_JSON_BYTES)
                throw new UsageException("%s is too large, expected the file of %s.", file, expected);
            return Files.readString(file).lines().map(String::strip).toList();
        } catch (IOException e) {
            throw new UsageException("%s is not a text in UTF-8 that can be read: %s", file, e.getMessage(), e);
        }
    }

    /** The names of the image files in a sub-folder, in order; none if there is no such folder. */
    public List<String> imageNames(String subfolder) {
        if (!Files.isDirectory(root.resolve(subfolder))) return List.of();
        try (Stream<Path> files = Files.list(root.resolve(subfolder))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("(?i)[^.].*\\.(jpe?g|png)"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", root.resolve(subfolder), e.getMessage(), e);
        }
    }

    /** The names of the sub-folders of a folder in this folder, in order; {@code ""} is this folder itself. */
    public List<String> folderNames(String subfolder) {
        try (Stream<Path> children = Files.list(root.resolve(subfolder))) {
            return children.filter(Files::isDirectory)
                    .map(child -> child.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", root.resolve(subfolder), e.getMessage(), e);
        }
    }

    /** Whether the folder has a file of this name. */
    public boolean has(String file) {
        return Files.isRegularFile(root.resolve(file));
    }

    /**
     * An image in the folder; whether the file exists is found out when it is read.
     *
     * @param path relative to the folder, with slashes
     * @throws UsageException when the path leads out of the folder or is not valid
     */
    public ImageSource image(String path) {
        for (String name : path.split("/", -1))
            if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("\\"))
                throw new UsageException(
                        "The path '%s' in %s is not one of a file in this folder; expected %s.", path, root, expected);
        try {
            return new FolderImage(root, root.resolve(path), path);
        } catch (InvalidPathException e) {
            throw new UsageException("The path '%s' in %s is not valid: %s.", path, root, e.getReason(), e);
        }
    }

    /**
     * The image that a path of the authors' machine names: its last three components are in this folder, or this is the
     * folder that it names.
     */
    public ImageSource imageOfLastThree(String path) {
        List<String> components = List.of(path.split("/", -1));
        List<String> last = components.subList(Math.max(0, components.size() - 3), components.size());
        ImageSource image = image(String.join("/", last));
        boolean beside = last.size() == 3 && root.toAbsolutePath().endsWith(Path.of(last.get(0), last.get(1)));
        return beside ? image(last.get(2)) : image;
    }

    private record FolderImage(Path root, Path path, String name) implements ImageSource {

        @Override
        public byte[] file() {
            requireInside();
            try {
                if (Files.size(path) > ImageFile.MAX_BYTES)
                    throw new UsageException(
                            "%s has %s, expected an image of at most %s.",
                            path, ByteSize.format(Files.size(path)), ByteSize.format(ImageFile.MAX_BYTES));
                return Files.readAllBytes(path);
            } catch (NoSuchFileException e) {
                throw new UsageException("%s: there is no such file.", path, e);
            } catch (IOException e) {
                throw new UsageException("%s cannot be read: %s", path, e.getMessage(), e);
            }
        }

        @Override
        public Image read() {
            requireInside();
            return ImageFile.readAsPillow(path);
        }

        private void requireInside() {
            try {
                if (Files.exists(path) && !path.toRealPath().startsWith(root.toRealPath()))
                    throw new UsageException(
                            "%s is a link to a file outside of %s; put a copy of the file there.", path, root);
            } catch (IOException e) {
                throw new UsageException("%s cannot be read: %s", path, e.getMessage(), e);
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
