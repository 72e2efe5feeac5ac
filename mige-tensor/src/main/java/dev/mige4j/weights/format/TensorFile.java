package dev.mige4j.weights.format;

import dev.mige4j.common.NearestName;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A file of named tensors, whatever its format: what is inside, and the numbers themselves, one tensor at a time.
 *
 * <p>Opening reads names, types, shapes and places only. {@link #copyTo} streams numbers in pieces of a few megabytes,
 * so a file of any size passes through a small heap. Not thread-safe while opening; afterwards any thread may read.
 */
public abstract class TensorFile implements AutoCloseable {

    private static final int CHUNK_BYTES = 4 << 20;
    private static final long MAX_GATHER_BYTES = 256L << 20;

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final Map<String, TensorInfo> tensorInfos = new LinkedHashMap<>();

    protected TensorFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
        try {
            this.size = channel.size();
        } catch (IOException e) {
            throw readFailed(path, e);
        }
    }

    /** Where the file lies. */
    public final Path path() {
        return path;
    }

    /** The name of the format, for listings. */
    public abstract String format();

    /** What is inside, in the order of the file. */
    public final Map<String, TensorInfo> tensorInfos() {
        return Collections.unmodifiableMap(tensorInfos);
    }

    /** Texts that the file carries beside its tensors; empty when it has none. */
    public Map<String, String> metadata() {
        return Map.of();
    }

    /** What else is in the file and is not offered as a tensor, each with the reason; empty when that is nothing. */
    public Map<String, String> skipped() {
        return Map.of();
    }

    /** The entry called {@code name}. Throws {@link WeightsException} with the nearest name when there is none. */
    public final TensorInfo tensorInfo(String name) {
        TensorInfo info = tensorInfos.get(name);
        if (info == null)
            throw new WeightsException(missingTensor(path.getFileName().toString(), name, tensorInfos.keySet()));
        return info;
    }

    /**
     * Streams the numbers of {@code entry} into {@code out}, row by row without gaps, as {@code type} (little-endian).
     * Only floating-point types are converted; pass {@code entry.type()} to copy.
     */
    public final void copyTo(TensorInfo info, DType dtype, WritableByteChannel out) throws IOException {
        if (info.isContiguous() && dtype == info.dtype()) {
            long position = info.offset(), end = position + info.nbytes();
            while (position < end) {
                long transferred = channel.transferTo(position, Math.min(end - position, 1 << 30), out);
                if (transferred <= 0) throw new EOFException("cut off at byte " + position);
                position += transferred;
            }
            return;
        }
        ByteBuffer dense = info.isContiguous() ? null : gatherStrided(info);
        long nbytes = info.nbytes();
        int chunkSize = (int) Math.min(CHUNK_BYTES, nbytes);
        ByteBuffer chunk = ByteBuffer.allocate(chunkSize),
                converted =
                        ByteBuffer.allocate(
                                chunkSize * dtype.elementSize() / info.dtype().elementSize());
        for (long done = 0; done < nbytes; done += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunkSize, nbytes - done));
            if (dense == null) readFully(info.offset() + done, chunk);
            else chunk.put(dense.slice((int) done, chunk.limit()));
            chunk.flip();
            converted.clear();
            FloatConversion.convert(chunk, info.dtype(), converted, dtype);
            chunk.limit(chunk.position());
            converted.flip();
            while (converted.hasRemaining()) out.write(converted);
        }
    }

    /** The tensor called {@code name}, in the type it is stored in; see {@link #tensor(TensorInfo)}. */
    public final Tensor tensor(String name) {
        return tensor(tensorInfo(name));
    }

    /**
     * A tensor of this file in the type it is stored in, read-only: mapped from the file where it lies aligned and
     * without gaps, else copied. It stays valid after {@link #close}; it is freed as every tensor is, by its scope or
     * by hand.
     */
    public final Tensor tensor(TensorInfo info) {
        DType dtype = info.dtype();
        long nbytes = info.nbytes();
        try {
            if (nbytes == 0) return Tensor.empty(dtype, info.shape());
            if (!info.isContiguous())
                return Tensor.fromBuffer(dtype, (MappedByteBuffer) gatherStrided(info), info.shape());
            if (nbytes > Integer.MAX_VALUE) {
                if (info.offset() % dtype.elementSize() == 0)
                    return Tensor.fromFile(dtype, path, info.offset(), info.shape());
                throw error(
                        "tensor '%s' is larger than 2 GB and lies at an odd place; convert the file with `mige convert`",
                        sanitize(info.name()));
            }
            MappedByteBuffer buffer = channel.map(FileChannel.MapMode.READ_ONLY, info.offset(), nbytes);
            buffer.order(ByteOrder.LITTLE_ENDIAN);
            Tensor mapped = Tensor.fromBuffer(dtype, buffer, info.shape());
            if (info.offset() % dtype.elementSize() == 0) return mapped;
            Tensor copy = mapped.copy();
            mapped.close();
            return copy;
        } catch (IOException e) {
            throw readFailed(path, e);
        }
    }

    /** The numbers of an entry that lie with gaps or transposed, put row by row. */
    private ByteBuffer gatherStrided(TensorInfo info) throws IOException {
        long[] shape = info.shape(), strides = info.strides();
        int elementSize = info.dtype().elementSize();
        long span = elementSize;
        for (int axis = 0; axis < shape.length; axis++) span += (shape[axis] - 1) * strides[axis] * elementSize;
        if (info.numel() == 0) return ByteBuffer.allocate(0);
        if (span > MAX_GATHER_BYTES || info.nbytes() > MAX_GATHER_BYTES)
            throw error(
                    "tensor '%s' is stored transposed or with gaps and is larger than 256 MiB; save it with .contiguous()",
                    sanitize(info.name()));
        ByteBuffer source =
                channel.map(FileChannel.MapMode.READ_ONLY, info.offset(), span).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer target = ByteBuffer.allocateDirect((int) info.nbytes()).order(ByteOrder.LITTLE_ENDIAN);
        long[] index = new long[shape.length];
        long sourceIndex = 0;
        for (long n = info.numel(); n > 0; n--) {
            for (int b = 0; b < elementSize; b++) target.put(source.get((int) (sourceIndex * elementSize) + b));
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                sourceIndex += strides[axis];
                if (++index[axis] < shape[axis]) break;
                sourceIndex -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return target.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw readFailed(path, e);
        }
    }

    // ---- for the formats ----

    public final long size() {
        return size;
    }

    protected final FileChannel channel() {
        return channel;
    }

    protected final void add(TensorInfo info) {
        tensorInfos.put(info.name(), info);
    }

    public final void readFully(long position, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            int n = channel.read(target, position);
            if (n < 0)
                throw error(
                        "ends at byte %d in the middle of something; it was probably cut off, fetch it again",
                        position);
            position += n;
        }
    }

    /** A sentence about this file: its name, then what is wrong. */
    public final WeightsException error(String format, Object... args) {
        return new WeightsException(path.getFileName() + ": " + String.format(format, args) + ".");
    }

    /** {@code model.safetensors: no tensor 'a'; the nearest name is 'b'.} */
    public static String missingTensor(String file, String name, Collection<String> names) {
        String nearest = NearestName.find(name, names);
        String hint =
                nearest == null ? "there are no tensors at all" : "the nearest name is '" + sanitize(nearest) + "'";
        return file + ": no tensor '" + sanitize(name) + "'; " + hint + ".";
    }

    /** A name from a file as it may stand in a sentence: without control characters, and not too long. */
    public static String sanitize(String name) {
        String clean = name.replaceAll("\\p{C}", "?");
        return clean.length() <= 120 ? clean : clean.substring(0, 117) + "...";
    }

    protected interface ChannelFunction<T> {
        T apply(FileChannel channel) throws IOException;
    }

    /** Opens the file for reading; closes it again when {@code function} fails. */
    protected static <T> T withChannel(Path path, ChannelFunction<T> function) {
        if (Files.isDirectory(path)) throw new WeightsException(path + ": is a folder, expected a file of weights.");
        FileChannel channel = null;
        boolean opened = false;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            T result = function.apply(channel);
            opened = true;
            return result;
        } catch (IOException e) {
            throw readFailed(path, e);
        } finally {
            if (channel != null && !opened) closeQuietly(channel);
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException ignored) {
            // the exception that led here matters more
        }
    }

    /** The exception for an {@link IOException} while reading {@code path}. */
    public static WeightsException readFailed(Path path, IOException e) {
        if (e instanceof NoSuchFileException) return new WeightsException(path + ": there is no such file.");
        if (e instanceof AccessDeniedException) return new WeightsException(path + ": may not be read by this user.");
        return new WeightsException(path + ": could not be read (" + e.getMessage() + ").");
    }
}
