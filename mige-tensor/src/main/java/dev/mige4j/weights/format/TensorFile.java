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
import java.util.Locale;
import java.util.Map;

/**
 * Reader of a file of named tensors, independent of its format.
 *
 * <p>Opening reads only names, types, shapes and offsets. {@link #tensor(TensorInfo)} maps a tensor into memory, and
 * {@link #copyTo} streams it in chunks of a few megabytes, so files may be larger than memory. Thread-safe.
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

    /** Path of the file. */
    public final Path path() {
        return path;
    }

    /** Name of the format, for listings. */
    public abstract String format();

    /** The tensors by name, in the order of the file. */
    public final Map<String, TensorInfo> tensorInfos() {
        return Collections.unmodifiableMap(tensorInfos);
    }

    /** Text metadata of the file; may be empty. */
    public Map<String, String> metadata() {
        return Map.of();
    }

    /** Entries that are not read as tensors, with the reason; may be empty. */
    public Map<String, String> skipped() {
        return Map.of();
    }

    /**
     * The tensor of this name.
     *
     * @throws WeightsException with the nearest name if there is none
     */
    public final TensorInfo tensorInfo(String name) {
        TensorInfo info = tensorInfos.get(name);
        if (info == null)
            throw new WeightsException(missingTensor(path.getFileName().toString(), name, tensorInfos.keySet()));
        return info;
    }

    /**
     * Streams the elements of a tensor in row-major order, little-endian.
     *
     * @param dtype type to convert to; only between floating-point types, else the stored type
     */
    public final void copyTo(TensorInfo info, DType dtype, WritableByteChannel out) throws IOException {
        if (info.isContiguous() && dtype == info.dtype()) {
            long position = info.offset(), end = position + info.nbytes();
            while (position < end) {
                long transferred = channel.transferTo(position, Math.min(end - position, 1 << 30), out);
                if (transferred <= 0) throw new EOFException("truncated at byte " + position);
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

    /** As {@link #tensor(TensorInfo)}, by name. */
    public final Tensor tensor(String name) {
        return tensor(tensorInfo(name));
    }

    /**
     * The tensor in its stored type, read-only: memory-mapped if it is contiguous and aligned, else copied. It remains
     * valid after {@link #close} and is freed like any other tensor.
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
                        "tensor '%s' is larger than 2 GB and not aligned, so it cannot be mapped; rewrite the file",
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

    /** The elements of a strided tensor, copied into row-major order. */
    private ByteBuffer gatherStrided(TensorInfo info) throws IOException {
        long[] shape = info.shape(), strides = info.strides();
        int elementSize = info.dtype().elementSize();
        long span = elementSize;
        for (int axis = 0; axis < shape.length; axis++) span += (shape[axis] - 1) * strides[axis] * elementSize;
        if (info.numel() == 0) return ByteBuffer.allocate(0);
        if (span > MAX_GATHER_BYTES || info.nbytes() > MAX_GATHER_BYTES)
            throw error(
                    "tensor '%s' is not contiguous and is larger than 256 MiB; save it with .contiguous()",
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

    /** Size of the file in bytes. */
    public final long size() {
        return size;
    }

    protected final FileChannel channel() {
        return channel;
    }

    /** Adds a tensor; called while opening. */
    protected final void add(TensorInfo info) {
        tensorInfos.put(info.name(), info);
    }

    /** Fills {@code target} from {@code position} on; a {@link WeightsException} if the file ends before. */
    public final void readFully(long position, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            int n = channel.read(target, position);
            if (n < 0)
                throw error("ends unexpectedly at byte %d; it is probably truncated; download it again", position);
            position += n;
        }
    }

    /** The exception for a problem with this file; its message starts with the file name. */
    @SuppressWarnings("AnnotateFormatMethod") // the annotation would need a dependency
    public final WeightsException error(String format, Object... args) {
        return new WeightsException(path.getFileName() + ": " + String.format(Locale.ROOT, format, args) + ".");
    }

    /** {@code model.safetensors: no tensor 'a'; the nearest name is 'b'.} */
    public static String missingTensor(String file, String name, Collection<String> names) {
        String nearest = NearestName.find(name, names);
        String hint =
                nearest == null ? "there are no tensors at all" : "the nearest name is '" + sanitize(nearest) + "'";
        return file + ": no tensor '" + sanitize(name) + "'; " + hint + ".";
    }

    /** A name from an untrusted file for a message: without control characters, at most 120 characters. */
    public static String sanitize(String name) {
        String clean = name.replaceAll("\\p{C}", "?");
        return clean.length() <= 120 ? clean : clean.substring(0, 117) + "...";
    }

    /** Reads from an open channel. */
    protected interface ChannelFunction<T> {
        T apply(FileChannel channel) throws IOException;
    }

    /** Opens the file for reading; closes it again when {@code function} fails. */
    protected static <T> T withChannel(Path path, ChannelFunction<T> function) {
        if (Files.isDirectory(path)) throw new WeightsException(path + ": is a folder, expected a weight file.");
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
            // the original exception is more important
        }
    }

    /** The exception for an {@link IOException} while reading {@code path}. */
    public static WeightsException readFailed(Path path, IOException e) {
        if (e instanceof NoSuchFileException) return new WeightsException(path + ": there is no such file.");
        if (e instanceof AccessDeniedException) return new WeightsException(path + ": permission denied.");
        return new WeightsException(path + ": could not be read (" + e.getMessage() + ").");
    }
}
