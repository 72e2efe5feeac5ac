package dev.mige4j.common;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Downloads one file and resumes an incomplete one. The content grows in {@code TARGET.part} and is moved to its final
 * name once size and checksum are right.
 */
public final class ResumableDownload {

    /**
     * The expected checksum of the content.
     *
     * @param algorithm a name of {@link MessageDigest}, such as {@code SHA-256}
     * @param prefix hashed before the content (git puts a header there); usually empty
     * @param hex the digest in hexadecimal digits
     */
    public record Checksum(String algorithm, String prefix, String hex) {}

    /** Thrown when the content has another size or checksum than expected; it was deleted. */
    public static final class CorruptDownloadException extends IOException {
        private static final long serialVersionUID = 1;

        CorruptDownloadException(String message) {
            super(message);
        }
    }

    private final DownloadClient client;
    private final URI url;
    private final String name;
    private final long size;
    private final Checksum checksum;

    /**
     * @param name of the file, for progress and messages
     * @param size in bytes, -1 when unknown
     * @param checksum null when unknown
     */
    public ResumableDownload(DownloadClient client, URI url, String name, long size, Checksum checksum) {
        this.client = client;
        this.url = url;
        this.name = name;
        this.size = size;
        this.checksum = checksum;
    }

    /** The file with the incomplete content of {@code target}. */
    public static Path partFile(Path target) {
        return target.resolveSibling(target.getFileName() + ".part");
    }

    /** Whether the file exists with the right size and checksum; of an unknown size and checksum, whether it exists. */
    public boolean isComplete(Path file) throws IOException {
        if (!Files.exists(file) || (size >= 0 && Files.size(file) != size)) return false;
        return checksum == null || digest(file).equalsIgnoreCase(checksum.hex());
    }

    /**
     * Downloads into {@code target}, replacing it; the parent folder must exist.
     *
     * @param progress called with {@link #name}, the bytes received, and the size or -1
     * @throws CorruptDownloadException when size or checksum are wrong
     * @throws UsageException when the server refuses or cannot be reached
     * @throws CancelledException when {@code progress} returned false or the thread was interrupted; the incomplete
     *     content is kept for the next call
     * @throws IOException when the content cannot be written
     */
    public void download(Path target, ProgressListener progress) throws IOException {
        Path partFile = partFile(target);
        boolean resumed = Files.exists(partFile) && Files.size(partFile) > 0;
        downloadWithRetries(partFile, progress);
        if (!isComplete(partFile) && resumed) { // its beginning may be of another version: download all of it
            Files.delete(partFile);
            downloadWithRetries(partFile, progress);
        }
        if (!isComplete(partFile)) {
            Files.delete(partFile);
            String expected = checksum == null ? "size" : checksum.algorithm();
            throw new CorruptDownloadException(name + ": the " + expected
                    + " of the downloaded file is not the expected one, so it was deleted. Try again;"
                    + " if it happens again, the file on the server is damaged.");
        }
        AtomicFile.move(partFile, target);
    }

    private void downloadWithRetries(Path partFile, ProgressListener progress) throws IOException {
        IOException lastError = null;
        int attempt = 0;
        while (attempt < client.maxAttempts()) {
            long received = Files.exists(partFile) ? Files.size(partFile) : 0;
            if (size >= 0 && received > size) {
                Files.delete(partFile);
                received = 0;
            }
            if (received == size && Files.exists(partFile)) return;
            client.backOff(url, attempt);
            try (FileChannel out = FileChannel.open(partFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                appendFrom(received, out, progress);
                return;
            } catch (CorruptDownloadException e) {
                Files.deleteIfExists(partFile);
                throw e;
            } catch (DownloadClient.ConnectionLostException e) {
                lastError = e.error();
                boolean progressed = Files.size(partFile) > received;
                attempt = progressed ? 0 : attempt + 1;
            }
        }
        throw client.unreachable(url, lastError);
    }

    private void appendFrom(long offset, FileChannel out, ProgressListener progress)
            throws IOException, DownloadClient.ConnectionLostException {
        try (DownloadClient.Content content = client.open(url, offset)) {
            long position = content.offset(), total = size >= 0 ? size : content.total();
            out.truncate(position).position(position);
            byte[] buffer = new byte[1 << 16];
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                if (total >= 0 && position + n > total)
                    throw new CorruptDownloadException(name + ": the server sends more than the expected " + total
                            + " bytes; the content was deleted.");
                ByteBuffer chunk = ByteBuffer.wrap(buffer, 0, n);
                while (chunk.hasRemaining()) out.write(chunk);
                position += n;
                if (!progress.onProgress(name, position, total))
                    throw new CancelledException(
                            "%s: cancelled after %s; a new download continues from there.",
                            name, ByteSize.format(position));
            }
            if (position < total)
                throw new DownloadClient.ConnectionLostException(
                        new IOException("the connection was lost after " + position + " of " + total + " bytes"));
        }
    }

    private String digest(Path file) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance(checksum.algorithm());
            digest.update(checksum.prefix().getBytes(StandardCharsets.UTF_8));
            try (InputStream in = Files.newInputStream(file)) {
                byte[] buffer = new byte[1 << 20];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalArgumentException("unknown checksum algorithm " + checksum.algorithm(), e);
        }
    }
}
