package dev.mige4j.common.http;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
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
    public record Checksum(String algorithm, String prefix, String hex) {

        /** A digest that has received the prefix; to be updated with the content. */
        public MessageDigest newDigest() {
            try {
                MessageDigest digest = MessageDigest.getInstance(algorithm);
                digest.update(prefix.getBytes(StandardCharsets.UTF_8));
                return digest;
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalArgumentException("unknown checksum algorithm " + algorithm, e);
            }
        }

        /** Whether it is that of the content that {@code digest} has received; resets the digest. */
        public boolean matches(MessageDigest digest) {
            return HexFormat.of().formatHex(digest.digest()).equalsIgnoreCase(hex);
        }
    }

    /** Thrown when the server sends something else than the expected content. */
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

    /**
     * Whether the file exists with the right size and checksum; of an unknown size and checksum, whether it exists.
     *
     * @param progress called with the bytes that were compared with the checksum
     * @throws CancelledException when {@code progress} returned false
     */
    public boolean isComplete(Path file, ProgressListener progress) throws IOException {
        if (!Files.exists(file) || (size >= 0 && Files.size(file) != size)) return false;
        if (checksum == null) return true;
        MessageDigest digest = newDigest();
        try (InputStream in = Files.newInputStream(file)) {
            update(digest, in, Files.size(file), progress);
        }
        return checksum.matches(digest);
    }

    /**
     * Downloads into {@code target}, replacing it; the parent folder must exist. An incomplete earlier download is
     * continued if the checksum can tell whether it belongs to the same content.
     *
     * @param progress called with {@link #name}, the bytes received, and the size or -1
     * @throws CorruptDownloadException when the server sends something else than the file
     * @throws UsageException when the server refuses or cannot be reached
     * @throws CancelledException when {@code progress} returned false or the thread was interrupted; the incomplete
     *     content is kept for the next call
     * @throws IOException when the content cannot be written
     */
    public void download(Path target, ProgressListener progress) throws IOException {
        Path partFile = partFile(target);
        long kept = checksum != null && Files.exists(partFile) ? Files.size(partFile) : 0;
        if (size >= 0 && kept > size) kept = 0;
        boolean complete = receive(partFile, kept, progress);
        if (!complete && kept > 0) complete = receive(partFile, 0, progress); // its beginning was of another version
        if (!complete) {
            Files.delete(partFile);
            throw new CorruptDownloadException(name + ": the " + checksum.algorithm()
                    + " of the downloaded file is not the expected one, so it was deleted. Try again;"
                    + " if it happens again, the file on the server is damaged.");
        }
        AtomicFile.move(partFile, target);
    }

    /** Appends to the first {@code offset} bytes of the file; returns whether the content has the right checksum. */
    private boolean receive(Path partFile, long offset, ProgressListener progress) throws IOException {
        MessageDigest digest = newDigest();
        long position = offset;
        try (FileChannel out = FileChannel.open(
                        partFile, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                ReconnectingInputStream in =
                        new ReconnectingInputStream(client, url, name, size, checksum, offset, -1)) {
            out.truncate(offset);
            update(digest, Channels.newInputStream(out), offset, progress);
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                ByteBuffer chunk = ByteBuffer.wrap(buffer, 0, n);
                while (chunk.hasRemaining()) out.write(chunk);
                position += n;
                if (!progress.onProgress(name, position, in.size()))
                    throw new CancelledException(
                            "%s: cancelled after %s; a new download continues from there.",
                            name, ByteSize.format(position));
            }
        } catch (CorruptDownloadException e) {
            if (position == 0) Files.delete(partFile);
            throw e;
        }
        return checksum == null || checksum.matches(digest);
    }

    private MessageDigest newDigest() {
        return checksum == null ? Sha256.newDigest() : checksum.newDigest();
    }

    private void update(MessageDigest digest, InputStream in, long total, ProgressListener progress)
            throws IOException {
        byte[] buffer = new byte[1 << 20];
        long done = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            digest.update(buffer, 0, n);
            done += n;
            if (!progress.onProgress("checking " + name, done, total))
                throw new CancelledException("%s: cancelled while it was checked.", name);
        }
    }
}
