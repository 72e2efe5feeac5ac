package dev.mige4j.common;

/** Progress callback of long work; return {@code false} to cancel it at the next step. */
@FunctionalInterface
public interface ProgressListener {

    /** Ignores progress and never cancels. */
    ProgressListener NONE = (item, done, total) -> true;

    /**
     * Receives the progress.
     *
     * @param item name of the processed item: a file, a tensor, a stage
     * @param done finished units (bytes or steps)
     * @param total units in all, -1 when unknown
     * @return false to cancel
     */
    boolean onProgress(String item, long done, long total);
}
