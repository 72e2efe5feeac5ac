package mige.weights;

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
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import mige.tensor.DType;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;

/**
 * A file of named tensors, whatever its format: what is inside, and the numbers themselves, one tensor at a time.
 *
 * <p>Opening reads names, types, shapes and places only. {@link #copy} streams numbers in pieces of a few megabytes, so a file of
 * any size passes through a small heap. Not thread-safe while opening; afterwards any thread may read.
 */
public abstract class TensorFile implements AutoCloseable {

    private static final int PIECE = 4 << 20;
    private static final long LARGEST_GATHER = 256L << 20;

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    TensorFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
        try {
            this.size = channel.size();
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    /** Opens a file of weights by what is in it: safetensors, or what {@code torch.save} wrote (both its formats). */
    public static TensorFile open(Path path) {
        byte[] head = opened(path, channel -> {
            ByteBuffer bytes = ByteBuffer.allocate(10);
            while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) { }
            return Arrays.copyOf(bytes.array(), bytes.position());
        }, true);
        boolean json = head.length > 8 && head[8] == '{';
        if (!json && TorchFile.looksLike(head)) return TorchFile.open(path);
        return SafeTensors.open(path);
    }

    /** Where the file lies. */
    public final Path path() {
        return path;
    }

    /** The name of the format, for listings. */
    public abstract String format();

    /** What is inside, in the order of the file. */
    public final Map<String, Entry> entries() {
        return Collections.unmodifiableMap(entries);
    }

    /** Texts that the file carries beside its tensors; empty when it has none. */
    public Map<String, String> metadata() {
        return Map.of();
    }

    /** What else is in the file and is not offered as a tensor, each with the reason; empty when that is nothing. */
    public Map<String, String> leftOut() {
        return Map.of();
    }

    /** The entry called {@code name}. Throws {@link WeightsException} with the nearest name when there is none. */
    public final Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) throw new WeightsException(Nearest.inFile(path.getFileName().toString(), name, entries.keySet()));
        return entry;
    }

    /**
     * Streams the numbers of {@code entry} into {@code out}, row by row without gaps, as {@code type} (little-endian).
     * Only floating-point types are converted; pass {@code entry.type()} to copy.
     */
    public final void copy(Entry entry, DType type, WritableByteChannel out) throws IOException {
        if (entry.contiguous() && type == entry.type()) {
            long position = entry.offset(), end = position + entry.bytes();
            while (position < end) {
                long moved = channel.transferTo(position, Math.min(end - position, 1 << 30), out);
                if (moved <= 0) throw new EOFException("cut off at byte " + position);
                position += moved;
            }
            return;
        }
        ByteBuffer gathered = entry.contiguous() ? null : gather(entry);
        long bytes = entry.bytes();
        int room = (int) Math.min(PIECE, bytes);
        ByteBuffer piece = ByteBuffer.allocate(room), converted = ByteBuffer.allocate(room * type.bytes() / entry.type().bytes());
        for (long done = 0; done < bytes; done += piece.limit()) {
            piece.clear().limit((int) Math.min(room, bytes - done));
            if (gathered == null) readFully(entry.offset() + done, piece);
            else piece.put(gathered.slice((int) done, piece.limit()));
            piece.flip();
            converted.clear();
            Conversion.convert(piece, entry.type(), converted, type);
            piece.limit(piece.position());
            converted.flip();
            while (converted.hasRemaining()) out.write(converted);
        }
    }

    /** The tensor called {@code name}, in the type it is stored in; see {@link #tensor(Entry)}. */
    public final Tensor tensor(String name) {
        return tensor(entry(name));
    }

    /**
     * A tensor of this file in the type it is stored in, read-only: mapped from the file where it lies aligned and without gaps, else
     * copied. It stays valid after {@link #close}; it is freed as every tensor is, by its scope or by hand.
     */
    public final Tensor tensor(Entry entry) {
        DType type = entry.type();
        long bytes = entry.bytes();
        try {
            if (bytes == 0) return Tensor.empty(type, entry.shape());
            if (!entry.contiguous()) return Tensor.mapped(type, (MappedByteBuffer) gather(entry), entry.shape());
            if (bytes > Integer.MAX_VALUE) {
                if (entry.offset() % type.bytes() == 0) return Tensor.mappedFile(type, path, entry.offset(), entry.shape());
                throw bad("tensor '%s' is larger than 2 GB and lies at an odd place; convert the file with `mige convert`", shown(entry.name()));
            }
            MappedByteBuffer buffer = channel.map(FileChannel.MapMode.READ_ONLY, entry.offset(), bytes);
            buffer.order(ByteOrder.LITTLE_ENDIAN);
            Tensor mapped = Tensor.mapped(type, buffer, entry.shape());
            if (entry.offset() % type.bytes() == 0) return mapped;
            Tensor copy = mapped.copy();
            mapped.close();
            return copy;
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    /** The numbers of an entry that lie with gaps or transposed, put row by row. */
    private ByteBuffer gather(Entry entry) throws IOException {
        long[] shape = entry.shape(), strides = entry.strides();
        int width = entry.type().bytes();
        long span = width;
        for (int axis = 0; axis < shape.length; axis++) span += (shape[axis] - 1) * strides[axis] * width;
        if (entry.count() == 0) return ByteBuffer.allocate(0);
        if (span > LARGEST_GATHER || entry.bytes() > LARGEST_GATHER)
            throw bad("tensor '%s' is stored transposed or with gaps and is larger than 256 MiB; save it with .contiguous()", shown(entry.name()));
        ByteBuffer source = channel.map(FileChannel.MapMode.READ_ONLY, entry.offset(), span).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer into = ByteBuffer.allocateDirect((int) entry.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        long[] index = new long[shape.length];
        long place = 0;
        for (long n = entry.count(); n > 0; n--) {
            for (int b = 0; b < width; b++) into.put(source.get((int) (place * width) + b));
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                place += strides[axis];
                if (++index[axis] < shape[axis]) break;
                place -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return into.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    // ---- for the formats ----

    final long size() {
        return size;
    }

    final FileChannel channel() {
        return channel;
    }

    final void add(Entry entry) {
        entries.put(entry.name(), entry);
    }

    final void readFully(long position, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            int n = channel.read(into, position);
            if (n < 0) throw bad("ends at byte %d in the middle of something; it was probably cut off, fetch it again", position);
            position += n;
        }
    }

    /** A sentence about this file: its name, then what is wrong. */
    final WeightsException bad(String what, Object... values) {
        return new WeightsException(path.getFileName() + ": " + String.format(what, values) + ".");
    }

    /** A name from a file as it may stand in a sentence: without control characters, and not too long. */
    static String shown(String name) {
        String clean = name.replaceAll("\\p{C}", "?");
        return clean.length() <= 120 ? clean : clean.substring(0, 117) + "...";
    }

    interface Opening<T> {
        T from(FileChannel channel) throws IOException;
    }

    /** Opens a channel and hands it to {@code then}, which keeps it; closes it when that fails. */
    static <T> T opened(Path path, Opening<T> then) {
        return opened(path, then, false);
    }

    private static <T> T opened(Path path, Opening<T> then, boolean closing) {
        if (Files.isDirectory(path)) throw new WeightsException(path + ": is a folder, expected a file of weights.");
        FileChannel channel = null;
        boolean keep = false;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            T made = then.from(channel);
            keep = !closing;
            return made;
        } catch (IOException e) {
            throw unreadable(path, e);
        } finally {
            if (channel != null && !keep) {
                try {
                    channel.close();
                } catch (IOException ignored) {
                    // the first failure is the one to tell
                }
            }
        }
    }

    static WeightsException unreadable(Path path, IOException e) {
        if (e instanceof NoSuchFileException) return new WeightsException(path + ": there is no such file.");
        if (e instanceof AccessDeniedException) return new WeightsException(path + ": may not be read by this user.");
        return new WeightsException(path + ": could not be read (" + e.getMessage() + ").");
    }
}
