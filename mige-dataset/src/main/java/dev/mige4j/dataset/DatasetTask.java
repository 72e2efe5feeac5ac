package dev.mige4j.dataset;

import dev.mige4j.common.UsageException;
import java.util.Arrays;

/**
 * The task of a training record. It follows from the path of the record's target, which contains the task's marker; the
 * first task of this order whose marker is there counts. Source: docs/specification/diffusion.md section 10.
 */
public enum DatasetTask {
    /** Subject-driven generation. */
    SUBJECT("Subjects200K", "subject"),
    /** Instruction-based editing. */
    EDIT("instructpix2pix", "edit"),
    /** Editing that replaces an object by a given one. */
    REPLACE("replace", "subject_edit"),
    /** Editing that adds a given object. */
    ADD("add", "subject_edit");
    private final String marker, label;

    DatasetTask(String marker, String label) {
        this.marker = marker;
        this.label = label;
    }

    /** The part of a path that tells the task, such as {@code instructpix2pix}. */
    public String marker() {
        return marker;
    }

    /** {@code subject}, {@code edit} or {@code subject_edit}. */
    public String label() {
        return label;
    }

    /**
     * The path of an image of this task, such as {@code target/add/000017.png}.
     *
     * @param role folder for images of this role, such as {@code target}, {@code source} or {@code reference}
     * @param file name of the file
     * @throws UsageException when the path would tell another task, which a name such as {@code replace-1.png} does
     */
    public String path(String role, String file) {
        String path = role + "/" + marker + "/" + file;
        if (fromPath(path) != this)
            throw new UsageException(
                    "The path '%s' would tell the task %s instead of %s; choose another name for the file.",
                    path, fromPath(path), this);
        return path;
    }

    /**
     * The task that a path tells.
     *
     * @throws UsageException when it contains no marker
     */
    public static DatasetTask fromPath(String path) {
        return Arrays.stream(values())
                .filter(task -> path.contains(task.marker))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "The task of '%s' is unknown; expected Subjects200K, instructpix2pix, replace or add in"
                                + " the path.",
                        path));
    }
}
