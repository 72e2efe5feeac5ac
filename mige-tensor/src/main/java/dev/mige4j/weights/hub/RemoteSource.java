package dev.mige4j.weights.hub;

import dev.mige4j.common.ByteSource;
import dev.mige4j.common.ResumableDownload;
import dev.mige4j.common.WeightsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file on a server that is read by range requests. Single reads, as of headers and directories, request a block
 * around them; {@link #announce announced} ranges are streamed, those that are close together in one request.
 */
final class RemoteSource implements ByteSource {

    /** Opens the bytes from {@code offset} to {@code end} (exclusive). */
    @FunctionalInterface
    interface RangeRequest {
        InputStream open(long offset, long end) throws IOException;
    }

    private static final int BLOCK_BYTES = 256 << 10;
    private static final long MAX_GAP_BYTES = 1 << 20; // costs less time than another request

    private final Path path;
    private final long size;
    private final String version;
    private final RangeRequest request;

    private final byte[] buffer = new byte[BLOCK_BYTES];
    private byte[] block = {};
    private long blockOffset;
    private List<ByteRange> runs = List.of();
    private InputStream stream; // null: none is open
    private long streamPosition, streamEnd;

    /** @param version checksum of the content, or "" */
    RemoteSource(Path path, long size, String version, RangeRequest request) {
        this.path = path;
        this.size = size;
        this.version = version;
        this.request = request;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public synchronized void announce(List<ByteRange> ranges) {
        List<ByteRange> merged = new ArrayList<>();
        for (ByteRange range : ranges) {
            ByteRange last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
            boolean near =
                    last != null && range.offset() >= last.offset() && range.offset() - last.end() <= MAX_GAP_BYTES;
            if (near) merged.set(merged.size() - 1, new ByteRange(last.offset(), Math.max(last.end(), range.end())));
            else merged.add(range);
        }
        runs = merged;
    }

    /**
     * {@inheritDoc}
     *
     * @throws WeightsException when the server sends something else than the file, or the file has changed
     * @throws dev.mige4j.common.UsageException when the server refuses or cannot be reached
     */
    @Override
    public synchronized int read(ByteBuffer target, long position) throws IOException {
        if (position >= size) return -1;
        try {
            ByteRange run = isInBlock(position) ? null : runAt(position);
            if (run != null) return readStream(target, position, Math.min(run.end(), size));
            if (!isInBlock(position)) loadBlock(position - position % BLOCK_BYTES);
            int start = (int) (position - blockOffset), count = Math.min(target.remaining(), block.length - start);
            target.put(block, start, count);
            return count;
        } catch (ResumableDownload.CorruptDownloadException e) {
            throw new WeightsException("%s", e.getMessage(), e);
        }
    }

    private boolean isInBlock(long position) {
        return position >= blockOffset && position < blockOffset + block.length;
    }

    private ByteRange runAt(long position) {
        for (ByteRange run : runs) if (position >= run.offset() && position < run.end()) return run;
        return null;
    }

    private void loadBlock(long offset) throws IOException {
        int length = (int) Math.min(BLOCK_BYTES, size - offset);
        try (InputStream in = request.open(offset, offset + length)) {
            block = in.readNBytes(length);
        }
        blockOffset = offset;
        if (block.length < length)
            throw new IOException("the server sends " + block.length + " of " + length + " bytes");
    }

    private int readStream(ByteBuffer target, long position, long end) throws IOException {
        if (stream == null
                || position < streamPosition
                || position - streamPosition > MAX_GAP_BYTES
                || position >= streamEnd) {
            closeStream();
            stream = request.open(position, end);
            streamPosition = position;
            streamEnd = end;
        }
        stream.skipNBytes(position - streamPosition);
        int length = (int) Math.min(Math.min(target.remaining(), buffer.length), streamEnd - position);
        int count = stream.read(buffer, 0, length);
        if (count < 0) throw new IOException("the server ended its response at byte " + position);
        target.put(buffer, 0, count);
        streamPosition = position + count;
        return count;
    }

    private void closeStream() throws IOException {
        if (stream != null) stream.close();
        stream = null;
    }

    @Override
    public synchronized void close() throws IOException {
        closeStream();
    }
}
