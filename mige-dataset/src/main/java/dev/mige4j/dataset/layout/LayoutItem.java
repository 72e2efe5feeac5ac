package dev.mige4j.dataset.layout;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.DatasetTask;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.image.ImageHeader;
import dev.mige4j.text.PromptTemplates;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * An item of a published dataset. Its images are read when it is loaded.
 *
 * @param name identifies it in messages
 * @param loader makes the record; throws {@link UsageException} when the item is damaged or not fit for training
 */
public record LayoutItem(String name, Supplier<StoredRecord> loader) {

    /**
     * The record with its images.
     *
     * @throws UsageException when the item is damaged or not fit for training
     */
    public StoredRecord load() {
        return loader.get();
    }

    /** An instruction edit; the instruction gets a placeholder for the source. */
    static LayoutItem edit(String key, String name, String instruction, ImageSource source, ImageSource target) {
        return new LayoutItem(name, () -> {
            if (instruction.isBlank()) throw new UsageException("%s has an empty instruction.", name);
            Map<String, byte[]> files = new TreeMap<>();
            String sourcePath = add(files, DatasetTask.EDIT, "source", key, source.file(), source.name());
            byte[] targetFile = target.file();
            String targetPath = add(files, DatasetTask.EDIT, "target", key, targetFile, target.name());
            ImageHeader header = header(targetFile, target.name());
            return new StoredRecord(
                    new DatasetRecord(
                            targetPath,
                            header.width(),
                            header.height(),
                            List.of(sourcePath),
                            PromptTemplates.withSourcePlaceholder(instruction.strip()),
                            Optional.of(sourcePath),
                            Map.of()),
                    files::get);
        });
    }

    /** A subject record with one reference; the instruction has its placeholder. */
    static StoredRecord subject(
            String key,
            String instruction,
            byte[] reference,
            byte[] target,
            String name,
            Map<String, Double> measures) {
        Map<String, byte[]> files = new TreeMap<>();
        String referencePath = add(files, DatasetTask.SUBJECT, "reference", key, reference, name);
        String targetPath = add(files, DatasetTask.SUBJECT, "target", key, target, name);
        ImageHeader header = header(target, name);
        return new StoredRecord(
                new DatasetRecord(
                        targetPath,
                        header.width(),
                        header.height(),
                        List.of(referencePath),
                        instruction,
                        Optional.empty(),
                        measures),
                files::get);
    }

    private static String add(
            Map<String, byte[]> files, DatasetTask task, String role, String key, byte[] file, String name) {
        ImageFormat format = header(file, name).format();
        String extension = format == ImageFormat.JPEG ? "jpg" : format.name().toLowerCase(Locale.ROOT);
        String path = task.path(role, key + "." + extension);
        files.put(path, file);
        return path;
    }

    private static ImageHeader header(byte[] file, String name) {
        return ImageHeader.read(file)
                .filter(header -> header.hasSize() && !header.exceedsLimits())
                .orElseThrow(() -> new UsageException(
                        "%s is damaged, too large, or not an image; expected %s.", name, ImageFormat.list()));
    }
}
