package dev.mige4j.web;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The LoRA files of a server's folder, by name: the file's name without its ending. The folder is listed for each
 * request, so that files may come and go. Only files of the listing are opened, so that no path comes from a client.
 */
final class LoraFolder {

    /** A file of the folder. */
    record Entry(String name, Path file, long bytes, long modifiedSeconds) {}

    private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);

    private static final String ENDING = ".safetensors";

    /** Names that a request can state: without commas and colons. */
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N} _.-]{0,99}");

    private final Optional<Path> folder;

    /** @param folder which may be empty and is never written; empty: there are no LoRA files */
    LoraFolder(Optional<Path> folder) {
        this.folder = folder;
    }

    /** The files at present, by name; throws {@link ApiException} when the folder cannot be listed any more. */
    List<Entry> list() {
        if (folder.isEmpty()) return List.of();
        List<Entry> entries = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder.get())) {
            for (Path file : (Iterable<Path>) files::iterator) entry(file).ifPresent(entries::add);
        } catch (IOException e) {
            LOGGER.error("the folder of the LoRA files cannot be listed", e);
            throw ApiException.of(
                    500,
                    "lora_folder_failed",
                    "The server's folder of LoRA files cannot be listed. See the server log.");
        }
        entries.sort(Comparator.comparing(Entry::name));
        return entries;
    }

    private static Optional<Entry> entry(Path file) {
        String fileName = file.getFileName().toString();
        if (!fileName.endsWith(ENDING) || !Files.isRegularFile(file)) return Optional.empty();
        String name = fileName.substring(0, fileName.length() - ENDING.length());
        if (!NAME.matcher(name).matches()) return Optional.empty();
        try {
            return Optional.of(new Entry(
                    name,
                    file,
                    Files.size(file),
                    Files.getLastModifiedTime(file).toMillis() / 1000));
        } catch (IOException e) { // deleted since it was listed
            return Optional.empty();
        }
    }
}
