package dev.mige4j.photos;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.photos.stage.StageResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The files of the items of a run: the images of a kept item, and the decision on every item, which is written last.
 *
 * <pre>
 *   add/5f/5f0c1d2e3a4b5c6d.target.png
 *                          .source.png
 *                          .object.png
 *                          .json
 * </pre>
 */
public final class ItemFiles {

    /** Keys are 16 hexadecimal digits. */
    static final Pattern KEY = Pattern.compile("[0-9a-f]{16}");

    private final Path root;
    private final PhotoTask task;
    private final ImageEncoding encoding;

    /**
     * The files below a folder.
     *
     * @param root the output folder
     * @param task whose folder in it is used
     * @param encoding format of the images
     */
    public ItemFiles(Path root, PhotoTask task, ImageEncoding encoding) {
        this.root = root;
        this.task = task;
        this.encoding = encoding;
    }

    /** The key of an item: the first 16 hexadecimal digits of the SHA-256 of its id. */
    public static String key(String id) {
        return Sha256.hex(id.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    }

    /** The output folder. */
    public Path root() {
        return root;
    }

    /** The task whose folder is used. */
    public PhotoTask task() {
        return task;
    }

    /** The format of the images. */
    public ImageEncoding encoding() {
        return encoding;
    }

    /** The path of the target below the output folder, with {@code /} between folders. */
    public String target(String key) {
        return path(key, ".target" + encoding.extension());
    }

    /** The path of the source. */
    public String source(String key) {
        return path(key, ".source" + encoding.extension());
    }

    /** The path of the object. */
    public String object(String key) {
        return path(key, ".object" + encoding.extension());
    }

    /** The paths of the references, in the order of the placeholders. */
    public List<String> references(String key) {
        return task.references(source(key), object(key));
    }

    /** The record of a kept item; empty for a dropped one. */
    public Optional<DatasetRecord> record(ItemDecision decision) {
        if (!(decision.result() instanceof StageResult.Kept<ItemDecision.ItemRecord> kept)) return Optional.empty();
        String key = decision.key();
        ItemDecision.ItemRecord item = kept.value();
        return Optional.of(new DatasetRecord(
                target(key),
                item.width(),
                item.height(),
                references(key),
                item.instruction(),
                Optional.of(source(key)),
                item.measures()));
    }

    /** Whether all images of a decision are there. */
    boolean hasImages(ItemDecision decision) {
        return record(decision).stream()
                .flatMap(record -> record.imagePaths().stream())
                .allMatch(path -> Files.exists(root.resolve(path)));
    }

    private Path decisionFile(String key) {
        return root.resolve(path(key, ".json"));
    }

    private String path(String key, String suffix) {
        return task.folder() + "/" + key.substring(0, 2) + "/" + key + suffix;
    }

    /** Writes the images and then the decision. */
    public ItemDecision write(PhotoItem item, String fingerprint, StageResult<PhotoSample> result) {
        String key = key(item.id());
        if (result instanceof StageResult.Kept<PhotoSample> kept) {
            writeImage(target(key), kept.value().target());
            writeImage(source(key), kept.value().source());
            writeImage(object(key), kept.value().object());
        }
        ItemDecision decision = new ItemDecision(
                key,
                item.id(),
                item.files(),
                fingerprint,
                result.then(sample -> StageResult.kept(new ItemDecision.ItemRecord(
                        sample.target().width(),
                        sample.target().height(),
                        sample.name(),
                        sample.instruction(),
                        sample.measures()))));
        AtomicFile.write(decisionFile(key), decision.toJson() + "\n");
        return decision;
    }

    /**
     * The bytes of a file of an item.
     *
     * @throws UsageException when it cannot be read
     */
    public byte[] readBytes(String path) {
        try {
            return Files.readAllBytes(root.resolve(path));
        } catch (IOException e) {
            throw new UsageException(
                    "%s cannot be read (%s); run the same command again.", root.resolve(path), e.getMessage(), e);
        }
    }

    private void writeImage(String path, Image image) {
        AtomicFile.write(root.resolve(path), image.toBytes(encoding, Map.of()));
    }

    /**
     * The decision on an item, if it was made.
     *
     * @throws UsageException when the file is damaged
     */
    public Optional<ItemDecision> read(String key) {
        Path file = decisionFile(key);
        if (!Files.exists(file)) return Optional.empty();
        JsonNode json = Json.read(file);
        return Optional.of(ItemDecision.fromJson(json, file));
    }
}
