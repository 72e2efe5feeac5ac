package dev.mige4j.weights.hub;

import dev.mige4j.common.ByteSource;
import dev.mige4j.common.WeightsException;
import dev.mige4j.common.http.ResumableDownload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * A file on a hub that is read by range requests. Single reads, as of headers and directories, request a block around
 * them; {@link #announce announced} ranges are streamed, those that are close together in one request.
 */
public final class RemoteSource implements ByteSource {

    private static final int BLOCK_BYTES = 256 << 10;
    private static final long MAX_GAP_BYTES = 1 << 20; // costs less time than another request

    private final HubDownloader hub;
    private final RemoteFile file;

    private final byte[] buffer = new byte[BLOCK_BYTES];
    private byte[] block = {};
    private long blockOffset;
    private List<ByteRange> runs = List.of();
    private InputStream stream; // null: none is open
    private long streamPosition, streamEnd;
    private MessageDigest digest; // of the bytes that were received in order; null: no checksum, or an archive
    private long digestedBytes;

    /** Reads nothing yet. */
    public RemoteSource(HubDownloader hub, RemoteFile file) {
        this.hub = hub;
        this.file = file;
        if (file.checksum() != null) digest = file.checksum().newDigest();
    }

    @Override
    public Path path() {
        return Path.of(file.path());
    }

    @Override
    public long size() {
        return file.size();
    }

    /** The listed checksum. */
    @Override
    public String version() {
        return file.checksum() == null ? "" : file.checksum().hex();
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
        if (position >= size()) return -1;
        try {
            ByteRange run = isInBlock(position) ? null : runAt(position);
            if (run != null) return readStream(target, position, Math.min(run.end(), size()));
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
        int length = (int) Math.min(BLOCK_BYTES, size() - offset);
        try (InputStream in = hub.open(file, offset, offset + length)) {
            block = in.readNBytes(length);
        }
        blockOffset = offset;
        if (block.length < length)
            throw new IOException("the server sends " + block.length + " of " + length + " bytes");
        if (offset == 0 && block[0] == 'P' && block[1] == 'K') digest = null; // an archive has its own checksums
        updateDigest(block, length, offset);
    }

    private int readStream(ByteBuffer target, long position, long end) throws IOException {
        if (stream == null
                || position < streamPosition
                || position >= streamEnd
                || position - streamPosition > MAX_GAP_BYTES) {
            closeStream();
            stream = hub.open(file, position, end);
            streamPosition = position;
            streamEnd = end;
        }
        while (streamPosition < position) receive((int) Math.min(buffer.length, position - streamPosition));
        int count = receive((int) Math.min(Math.min(target.remaining(), buffer.length), streamEnd - position));
        target.put(buffer, 0, count);
        return count;
    }

    private int receive(int maxBytes) throws IOException {
        int count = stream.read(buffer, 0, maxBytes);
        if (count < 0) throw new IOException("the server ended its response at byte " + streamPosition);
        updateDigest(buffer, count, streamPosition);
        streamPosition += count;
        return count;
    }

    private void updateDigest(byte[] bytes, int count, long position) {
        if (digest == null || position != digestedBytes) return;
        digest.update(bytes, 0, count);
        digestedBytes += count;
    }

    @Override
    public synchronized void verify() {
        if (digest == null || digestedBytes != size()) return;
        digestedBytes = -1;
        if (!file.checksum().matches(digest))
            throw new WeightsException(
                    "%s: the %s of what the server sent is not the listed one. Try again; if it happens again, the file"
                            + " on the server is damaged.",
                    file.path(), file.checksum().algorithm());
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
