package dev.mige4j.common;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** Bytes that can be read at any position: a local file, or a file on a server. Thread-safe. */
public interface ByteSource extends Closeable {

    /** The bytes from {@code offset} to {@code end} (exclusive). */
    record ByteRange(long offset, long end) {}

    /** Path of the file; of a remote file, its path on the server. */
    Path path();

    /** Number of bytes. */
    long size();

    /** Text that differs when the content does, as far as that is known without reading it; may be empty. */
    String version();

    /**
     * Reads at least one byte from {@code position} on.
     *
     * @return the number of bytes read, -1 at the end
     */
    int read(ByteBuffer target, long position) throws IOException;

    /** Announces that these ranges will be read next, in order, so that a remote file is requested in few pieces. */
    default void announce(List<ByteRange> ranges) {}

    /**
     * Checks the content against its known checksum, if all of it has been read in order.
     *
     * @throws WeightsException when it differs
     */
    default void verify() {}
}
