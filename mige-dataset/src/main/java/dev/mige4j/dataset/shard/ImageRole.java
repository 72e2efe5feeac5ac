package dev.mige4j.dataset.shard;

import dev.mige4j.dataset.DatasetRecord;

/** What an image is in its record, as in the names of a shard's files. */
final class ImageRole {

    private ImageRole() {}

    /**
     * {@code target}, {@code source}, or {@code reference0} for the first reference and so on; the first of these for
     * an image that is several of them.
     */
    static String of(DatasetRecord record, String path) {
        if (path.equals(record.targetPath())) return "target";
        if (record.sourcePath().filter(path::equals).isPresent()) return "source";
        return "reference" + record.referencePaths().indexOf(path);
    }
}
