package dev.mige4j.web;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.weights.lora.LoraFile;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /**
     * A file of the folder.
     *
     * @param name by which requests choose it
     * @param attributes of the file, by which a change is noticed
     * @param file empty if it cannot be read
     * @param problem why it cannot be used, in one sentence; empty if it can
     */
    record Entry(String name, BasicFileAttributes attributes, Optional<LoraFile> file, Optional<String> problem) {

        long bytes() {
            return attributes.size();
        }

        long modifiedSeconds() {
            return attributes.lastModifiedTime().toMillis() / 1000;
        }

        private boolean isUpToDate(BasicFileAttributes now) {
            return attributes.size() == now.size()
                    && attributes.lastModifiedTime().equals(now.lastModifiedTime())
                    && Objects.equals(attributes.fileKey(), now.fileKey());
        }
    }

    private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);

    private static final String ENDING = ".safetensors";

    /**
     * Names that a request can state: without commas, colons and a space at the end; letters may be written with
     * combining marks.
     */
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N} _.-]{0,99}(?<! )");

    private final Optional<Path> folder;
    private final ImageGenerator generator;
    private final Map<Path, Entry> entries = new HashMap<>(); // guarded by this

    /**
     * @param folder which may be empty and is never written; empty: there are no LoRA files
     * @param generator which the files must fit
     */
    LoraFolder(Optional<Path> folder, ImageGenerator generator) {
        this.folder = folder;
        this.generator = generator;
    }

    /** The files at present, by name; throws {@link ApiException} when the folder cannot be listed any more. */
    synchronized List<Entry> list() {
        if (folder.isEmpty()) return List.of();
        Map<Path, Entry> found = new HashMap<>();
        try (Stream<Path> files = Files.list(folder.get())) {
            files.forEach(file -> entry(file).ifPresent(entry -> found.put(file, entry)));
        } catch (IOException | UncheckedIOException e) {
            LOGGER.error("the folder of the LoRA files cannot be listed", e);
            throw ApiException.of(
                    500,
                    "lora_folder_failed",
                    "The server's folder of LoRA files cannot be listed. See the server log.");
        }
        entries.clear();
        entries.putAll(found);
        List<Entry> sorted = new ArrayList<>(found.values());
        sorted.sort(Comparator.comparing(Entry::name));
        return sorted;
    }

    private Optional<Entry> entry(Path path) {
        String fileName = path.getFileName().toString();
        if (!fileName.endsWith(ENDING)) return Optional.empty();
        String name = fileName.substring(0, fileName.length() - ENDING.length());
        if (!NAME.matcher(name).matches()) return Optional.empty();
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) return Optional.empty();
            Entry known = entries.get(path);
            return Optional.of(known != null && known.isUpToDate(attributes) ? known : read(name, path, attributes));
        } catch (IOException e) { // deleted since it was listed
            return Optional.empty();
        }
    }

    private Entry read(String name, Path path, BasicFileAttributes attributes) {
        Optional<LoraFile> file = Optional.empty();
        try {
            file = Optional.of(LoraFile.read(path));
            generator.requireFit(file.get());
            file.get().requireFinite();
            file.get().sha256(); // kept, so that the file may be deleted while it is listed
            return new Entry(name, attributes, file, Optional.empty());
        } catch (UsageException | WeightsException e) {
            String problem = e.getMessage().replace(path.getParent() + File.separator, "");
            return new Entry(name, attributes, file, Optional.of(problem));
        }
    }

    /** The file that a request chooses; throws {@link ApiException} if there is none, or if it does not fit. */
    Lora open(LoraChoice choice) {
        if (folder.isEmpty())
            throw ApiException.forParam(
                    choice.label(),
                    400,
                    "unsupported_value",
                    "The server has no LoRA files. It has some when it is started with mige serve --loras DIR.");
        Entry entry = list().stream()
                .filter(candidate -> candidate.name().equals(choice.name()))
                .findFirst()
                .orElseThrow(() -> ApiException.forParam(
                        choice.label(),
                        404,
                        "lora_not_found",
                        "There is no LoRA '%s'. GET /v1/loras lists those of the server.",
                        RequestBody.sanitize(choice.name())));
        entry.problem().ifPresent(problem -> {
            throw RequestFields.invalidValue(choice.label(), "%s", problem);
        });
        return new Lora(entry.file().orElseThrow(), choice.scale());
    }
}
