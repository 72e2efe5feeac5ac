package dev.mige4j.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * An image input stream over slices of byte arrays, which are not copied. It runs a checkpoint, which may throw, for
 * every {@value #READ_BYTES} bytes that a decoder reads.
 */
final class SliceInputStream extends ImageInputStreamImpl {

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Slice(byte[] bytes, int offset, int length, long start) {}

    private static final int READ_BYTES = 2048;

    private final Runnable checkpoint;
    private final List<Slice> slices = new ArrayList<>();
    private long length;
    private int current;

    SliceInputStream() {
        this(() -> {});
    }

    SliceInputStream(Runnable checkpoint) {
        this.checkpoint = checkpoint;
    }

    /** Appends all bytes of an array. */
    SliceInputStream append(byte... bytes) {
        return append(bytes, 0, bytes.length);
    }

    /** Appends {@code count} bytes from {@code offset}. */
    SliceInputStream append(byte[] bytes, int offset, int count) {
        if (count > 0) {
            slices.add(new Slice(bytes, offset, count, length));
            length += count;
        }
        return this;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int read() throws IOException {
        checkClosed();
        bitOffset = 0;
        if (streamPos >= length) return -1;
        Slice slice = slice();
        return slice.bytes[slice.offset + (int) (streamPos++ - slice.start)] & 255;
    }

    @Override
    public int read(byte[] to, int offset, int count) throws IOException {
        checkClosed();
        bitOffset = 0;
        checkpoint.run();
        if (streamPos >= length) return -1;
        Slice slice = slice();
        int from = (int) (streamPos - slice.start), read = Math.min(Math.min(count, READ_BYTES), slice.length - from);
        System.arraycopy(slice.bytes, slice.offset + from, to, offset, read);
        streamPos += read;
        return read;
    }

    /** The slice that holds the position of the stream. */
    private Slice slice() {
        while (streamPos < slices.get(current).start) current--;
        while (streamPos >= slices.get(current).start + slices.get(current).length) current++;
        return slices.get(current);
    }
}
