package dev.mige4j.weights.format;

import dev.mige4j.common.ByteSource;
import dev.mige4j.common.NearestName;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32;

/**
 * Reader of a file of named tensors, independent of its format.
 *
 * <p>Opening reads only names, types, shapes and offsets. {@link #tensor(TensorInfo)} maps a tensor into memory, and
 * {@link #copyTo} streams it in chunks of a few megabytes, so files may be larger than memory. Thread-safe.
 */
public abstract class TensorFile implements AutoCloseable {

    private static final int CHUNK_BYTES = 4 << 20;
    private static final long MAX_GATHER_BYTES = 256L << 20, MAX_READ_BYTES = Integer.MAX_VALUE - 8;

    private final ByteSource source;
    private final Path path;
    private final Map<String, TensorInfo> tensorInfos = new LinkedHashMap<>();

    protected TensorFile(ByteSource source) {
        this.source = source;
        this.path = source.path();
    }

    /** Path of the file; of a remote file, its path on the server. */
    public final Path path() {
        return path;
    }

    /** The bytes of the file. */
    public final ByteSource source() {
        return source;
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

    /** A sentence about the part of the file that is read, if there was a choice. */
    public Optional<String> note() {
        return Optional.empty();
    }

    /**
     * The tensor of this name.
     *
     * @throws WeightsException with the nearest name if there is none
     */
    public final TensorInfo tensorInfo(String name) {
        TensorInfo info = tensorInfos.get(name);
        if (info == null) {
            String file = path.getFileName().toString(), reason = skipped().get(name);
            throw new WeightsException(
                    reason == null
                            ? missingTensor(file, name, tensorInfos.keySet())
                            : skippedTensor(file, name, reason));
        }
        return info;
    }

    /** Position of the first element of a tensor in the file. */
    protected long position(TensorInfo info) throws IOException {
        return info.offset();
    }

    /** The bytes that are read for a tensor. */
    public ByteSource.ByteRange byteRange(TensorInfo info) {
        return new ByteSource.ByteRange(info.offset(), info.offset() + spanBytes(info));
    }

    /** CRC-32 of the bytes of a tensor, if the file states one for exactly these bytes. */
    public OptionalLong crc32(TensorInfo info) {
        return OptionalLong.empty();
    }

    /**
     * Streams the elements of a tensor in row-major order, little-endian.
     *
     * @param dtype type to convert to; only between floating-point types, else the stored type
     * @throws WeightsException when the elements differ from the checksum in the file
     */
    public final void copyTo(TensorInfo info, DType dtype, WritableByteChannel out) throws IOException {
        OptionalLong expectedCrc = crc32(info);
        CRC32 crc = new CRC32();
        ByteBuffer dense = info.isContiguous() ? null : gatherStrided(info);
        long nbytes = info.nbytes(), position = dense == null ? position(info) : 0;
        int chunkSize = (int) Math.min(CHUNK_BYTES, nbytes);
        ByteBuffer chunk = ByteBuffer.allocate(chunkSize),
                converted =
                        dtype == info.dtype()
                                ? chunk
                                : ByteBuffer.allocate(chunkSize
                                        * dtype.elementSize()
                                        / info.dtype().elementSize());
        for (long done = 0; done < nbytes; done += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunkSize, nbytes - done));
            if (dense == null) readFully(position + done, chunk);
            else chunk.put(dense.slice((int) done, chunk.limit()));
            chunk.flip();
            if (expectedCrc.isPresent()) crc.update(chunk.array(), 0, chunk.limit());
            if (dtype != info.dtype()) {
                FloatConversion.convert(chunk, info.dtype(), converted.clear(), dtype);
                converted.flip();
            }
            while (converted.hasRemaining()) out.write(converted);
        }
        if (expectedCrc.isPresent() && crc.getValue() != expectedCrc.getAsLong())
            throw error(
                    "tensor '%s' does not have the CRC-32 that the file states; it is damaged; download it again",
                    sanitize(info.name()));
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
        if (!(source instanceof LocalFile file))
            throw new IllegalStateException(path + " is not on this machine, so it cannot be mapped into memory.");
        try {
            if (nbytes == 0) return Tensor.empty(dtype, info.shape());
            if (!info.isContiguous())
                return Tensor.fromBuffer(dtype, (MappedByteBuffer) gatherStrided(info), info.shape());
            long position = position(info);
            boolean aligned = position % dtype.elementSize() == 0;
            if (nbytes > Integer.MAX_VALUE) {
                if (aligned) return Tensor.fromFile(dtype, path, position, info.shape());
                throw error(
                        "tensor '%s' is larger than 2 GB and not aligned, so it cannot be mapped; rewrite the file",
                        sanitize(info.name()));
            }
            Tensor mapped = Tensor.fromBuffer(dtype, file.map(position, nbytes), info.shape());
            if (aligned) return mapped;
            Tensor copy = mapped.copy();
            mapped.close();
            return copy;
        } catch (IOException e) {
            throw readFailed(path, e);
        }
    }

    /**
     * As {@link #tensor(String)}, but always a copy. A mapped file that another process shortens while its pages are
     * read ends this one; reading it is an error.
     *
     * @throws WeightsException when the file ends before the tensor does, or the tensor has more than 2 GB
     */
    public final Tensor read(String name) {
        TensorInfo info = tensorInfo(name);
        if (info.nbytes() > MAX_READ_BYTES) throw error("tensor '%s' is larger than 2 GB", sanitize(name));
        try {
            byte[] values = new byte[(int) info.nbytes()];
            if (info.isContiguous()) readFully(position(info), ByteBuffer.wrap(values));
            else gatherStrided(info).get(values);
            return Tensor.ofBytes(info.dtype(), values, info.shape());
        } catch (IOException e) {
            throw readFailed(path, e);
        }
    }

    /** The elements of a strided tensor, copied into row-major order. */
    private ByteBuffer gatherStrided(TensorInfo info) throws IOException {
        long[] shape = info.shape(), strides = info.strides();
        int elementSize = info.dtype().elementSize();
        long span = spanBytes(info);
        if (span > MAX_GATHER_BYTES || info.nbytes() > MAX_GATHER_BYTES)
            throw error(
                    "tensor '%s' is not contiguous and is larger than 256 MiB; save it with .contiguous()",
                    sanitize(info.name()));
        ByteBuffer stored = ByteBuffer.allocateDirect((int) span);
        readFully(position(info), stored);
        ByteBuffer target = ByteBuffer.allocateDirect((int) info.nbytes()).order(ByteOrder.LITTLE_ENDIAN);
        long[] index = new long[shape.length];
        long sourceIndex = 0;
        for (long n = info.numel(); n > 0; n--) {
            for (int b = 0; b < elementSize; b++) target.put(stored.get((int) (sourceIndex * elementSize) + b));
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                sourceIndex += strides[axis];
                if (++index[axis] < shape[axis]) break;
                sourceIndex -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return target.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Number of bytes from the first element to the last one. */
    private static long spanBytes(TensorInfo info) {
        if (info.isContiguous()) return info.nbytes();
        long[] shape = info.shape(), strides = info.strides();
        long span = 1;
        for (int axis = 0; axis < shape.length; axis++) span += (shape[axis] - 1) * strides[axis];
        return span * info.dtype().elementSize();
    }

    @Override
    public void close() {
        try {
            source.close();
        } catch (IOException e) {
            throw readFailed(path, e);
        }
    }

    /** Size of the file in bytes. */
    public final long size() {
        return source.size();
    }

    /** Adds a tensor; called while opening. */
    protected final void add(TensorInfo info) {
        tensorInfos.put(info.name(), info);
    }

    /** Fills {@code target} from {@code position} on; a {@link WeightsException} if the file ends before. */
    public final void readFully(long position, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            int n = source.read(target, position);
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

    /** {@code model.safetensors: tensor 'a' is not read: F8_E4M3 of shape [2], a type that cannot be read.} */
    public static String skippedTensor(String file, String name, String reason) {
        return file + ": tensor '" + sanitize(name) + "' is not read: " + reason + ".";
    }

    /** A name from an untrusted file for a message: without control characters, at most 120 characters. */
    public static String sanitize(String name) {
        String clean = name.replaceAll("\\p{C}", "?");
        return clean.length() <= 120 ? clean : clean.substring(0, 117) + "...";
    }

    /** Reads the names, types and shapes of an open source. */
    protected interface Opener<T extends TensorFile> {
        T open(ByteSource source) throws IOException;
    }

    /** Opens a source with {@code opener}; closes it again when that fails. */
    protected static <T extends TensorFile> T open(ByteSource source, Opener<T> opener) {
        boolean opened = false;
        try {
            T file = opener.open(source);
            opened = true;
            return file;
        } catch (IOException e) {
            throw readFailed(source.path(), e);
        } finally {
            if (!opened) closeQuietly(source);
        }
    }

    private static void closeQuietly(ByteSource source) {
        try {
            source.close();
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
