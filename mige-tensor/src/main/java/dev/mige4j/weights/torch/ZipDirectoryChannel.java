package dev.mige4j.weights.torch;

import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/**
 * Read-only channel over a {@link TensorFile} for {@link org.apache.commons.compress.archivers.zip.ZipFile}, which
 * reads as many directory entries as a file has: limits the bytes that are read and with them the memory that a hostile
 * file can occupy. Closing it leaves the file open.
 */
final class ZipDirectoryChannel implements SeekableByteChannel {

    private static final long MAX_BYTES = 16L << 20;

    private final TensorFile file;
    private final ByteBuffer window = ByteBuffer.allocate(1 << 16).limit(0);
    private long windowStart, position, bytesRead;

    ZipDirectoryChannel(TensorFile file) {
        this.file = file;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (position >= file.size()) return -1;
        if (position < windowStart || position >= windowStart + window.limit()) loadWindow();
        int start = (int) (position - windowStart), length = Math.min(target.remaining(), window.limit() - start);
        bytesRead += length;
        if (bytesRead > MAX_BYTES) throw new IOException("it is larger than " + (MAX_BYTES >> 20) + " MiB");
        target.put(window.slice(start, length));
        position += length;
        return length;
    }

    /** Loads the bytes on both sides of the position, since the end of the directory is searched for backwards. */
    private void loadWindow() throws IOException {
        windowStart = Math.max(0, position - window.capacity() / 2);
        window.clear().limit((int) Math.min(window.capacity(), file.size() - windowStart));
        file.readFully(windowStart, window);
        window.flip();
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) throws IOException {
        if (newPosition < 0 || newPosition > file.size()) throw new IOException("it refers to bytes outside the file");
        position = newPosition;
        return this;
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {
        // the file is closed by its owner
    }
}
