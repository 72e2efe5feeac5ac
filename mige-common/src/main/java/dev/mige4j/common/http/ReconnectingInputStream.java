package dev.mige4j.common.http;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Objects;

/**
 * Reads a range of a resource of a web server, and requests the rest again where the connection is lost. The resource
 * must not change meanwhile: a change is an error as far as the server tells of it.
 */
public final class ReconnectingInputStream extends InputStream {

    /** Fraction of the resource that must arrive between two failures to count as progress. */
    private static final int PROGRESS = 10_000;

    private final DownloadClient client;
    private final URI url;
    private final String name;
    private final long size;
    private final ResumableDownload.Checksum checksum;
    private final long end;
    private RemoteContent content; // null: not connected
    private String entityTag; // null: not connected before
    private long position;
    private long lastFailure;
    private int failedAttempts;

    /**
     * @param name of the resource, for messages
     * @param size of the resource in bytes, -1 when unknown
     * @param checksum of the resource, null when unknown; compared with what the server tells, not with the content
     * @param offset of the first byte to read
     * @param end of the bytes to read, exclusive; -1 for all the rest
     */
    public ReconnectingInputStream(
            DownloadClient client,
            URI url,
            String name,
            long size,
            ResumableDownload.Checksum checksum,
            long offset,
            long end) {
        this.client = client;
        this.url = url;
        this.name = name;
        this.size = size;
        this.checksum = checksum;
        this.end = end >= 0 ? end : size;
        this.position = lastFailure = offset;
    }

    /** Size of the resource, -1 before the first read when it was not given, or when the server does not tell it. */
    public long size() {
        return size >= 0 || content == null ? size : content.total();
    }

    /**
     * Reads at least one byte.
     *
     * @throws ResumableDownload.CorruptDownloadException when the server sends something else than the resource
     * @throws UsageException when the server refuses or cannot be reached
     * @throws CancelledException when the wait listener of the client cancels or the thread is interrupted
     */
    @Override
    public int read(byte[] buffer, int start, int length) throws ResumableDownload.CorruptDownloadException {
        Objects.checkFromIndexSize(start, length, buffer.length);
        if (length == 0) return 0;
        boolean part = end != size;
        while (position != end || (content != null && !part)) {
            try {
                if (content == null) connect();
                int n = content.read(buffer, start, part ? (int) Math.min(length, end - position) : length);
                if (n < 0 && position >= end) break;
                if (n < 0) throw new IOException("the connection was lost after " + position + " of " + end + " bytes");
                if (end >= 0 && position + n > end)
                    throw new ResumableDownload.CorruptDownloadException(
                            name + ": the server sends more than the expected " + end + " bytes.");
                position += n;
                return n;
            } catch (ResumableDownload.CorruptDownloadException e) {
                close();
                throw e;
            } catch (IOException e) {
                close();
                boolean progressed = position - lastFailure > Math.max(0, size) / PROGRESS;
                failedAttempts = progressed ? 0 : failedAttempts + 1;
                if (progressed) lastFailure = position;
                client.waitForAttempt(failedAttempts, url, e);
            }
        }
        return -1;
    }

    @Override
    public int read() throws ResumableDownload.CorruptDownloadException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    private void connect() throws IOException {
        content = client.open(url, position, end == size ? -1 : end);
        requireSameResource();
        byte[] skipped = new byte[1 << 16]; // a server without ranges sends the beginning, too
        for (long left = position - content.offset(); left > 0; ) {
            int n = content.read(skipped, 0, (int) Math.min(skipped.length, left));
            if (n < 0) throw new IOException("the connection was lost");
            left -= n;
        }
    }

    private void requireSameResource() throws ResumableDownload.CorruptDownloadException {
        if (content.isWebPage() && !name.matches("(?i).*\\.html?"))
            throw new ResumableDownload.CorruptDownloadException(name
                    + ": the server sends a web page instead of the file, perhaps of a login or a proxy. Open " + url
                    + " in a browser to read it.");
        if (size >= 0 && content.total() >= 0 && content.total() != size)
            throw new ResumableDownload.CorruptDownloadException(name + ": the server sends a file of "
                    + content.total() + " bytes, expected " + size + " as in its list of files. Try again later.");
        String linkedTag = content.linkedTag();
        boolean changed = checksum == null
                ? entityTag != null && !entityTag.equals(content.entityTag())
                : linkedTag.length() == checksum.hex().length() && !linkedTag.equalsIgnoreCase(checksum.hex());
        if (changed)
            throw new ResumableDownload.CorruptDownloadException(
                    name + ": the file on the server has changed since the download began. Start again.");
        entityTag = content.entityTag();
    }

    @Override
    public void close() {
        if (content != null) content.close();
        content = null;
    }
}
