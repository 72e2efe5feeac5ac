package dev.mige4j.dataset;

import dev.mige4j.common.UsageException;

/**
 * Reads training records by position. It keeps the positions in memory, not the records. Safe for use by several
 * threads.
 */
public interface RecordReader {

    /** The number of records. */
    int size();

    /** A text that differs when the records do, as far as the lists or the indexes of the shards show it. */
    String fingerprint();

    /**
     * The record at a position from 0 to {@code size() - 1}.
     *
     * @throws UsageException when the file cannot be read or has changed
     */
    StoredRecord get(int index);
}
