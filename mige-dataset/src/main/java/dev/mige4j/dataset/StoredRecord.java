package dev.mige4j.dataset;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.function.Function;

/**
 * A record and the files of its images.
 *
 * @param record the record
 * @param files the bytes of the image file that the record names by this path; throws {@link UsageException} when the
 *     file is missing or cannot be read
 */
public record StoredRecord(DatasetRecord record, Function<String, byte[]> files) {

    /**
     * The image that the record names by this path.
     *
     * @throws UsageException when the file is missing or is no image
     */
    public Image image(String path) {
        return Image.read(files.apply(path), path);
    }
}
