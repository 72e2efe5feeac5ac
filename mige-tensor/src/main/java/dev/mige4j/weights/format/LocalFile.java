package dev.mige4j.weights.format;

import dev.mige4j.common.ByteSource;
import dev.mige4j.common.WeightsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file on disk as a {@link ByteSource} that can also be memory-mapped. */
public final class LocalFile implements ByteSource {

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final String version;

    private LocalFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        this.size = channel.size();
        this.version = Files.getLastModifiedTime(path).toString();
    }

    /**
     * Opens a file for reading.
     *
     * @throws WeightsException when it is missing, is a folder, or cannot be read
     */
    public static LocalFile open(Path path) {
        if (Files.isDirectory(path)) throw new WeightsException(path + ": is a folder, expected a weight file.");
        try {
            return new LocalFile(path, FileChannel.open(path, StandardOpenOption.READ));
        } catch (IOException e) {
            throw TensorFile.readFailed(path, e);
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public long size() {
        return size;
    }

    /** The time of its last change. */
    @Override
    public String version() {
        return version;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return channel.read(target, position);
    }

    /** A read-only mapping, little-endian. */
    MappedByteBuffer map(long position, long nbytes) throws IOException {
        try {
            MappedByteBuffer buffer = channel.map(FileChannel.MapMode.READ_ONLY, position, nbytes);
            buffer.order(ByteOrder.LITTLE_ENDIAN);
            return buffer;
        } catch (IOException e) {
            if (!(e.getCause() instanceof OutOfMemoryError)) throw e;
            throw new WeightsException(
                    "%s: cannot be mapped into memory, because the address space is limited; raise the"
                            + " limit: ulimit -v unlimited",
                    path, e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
