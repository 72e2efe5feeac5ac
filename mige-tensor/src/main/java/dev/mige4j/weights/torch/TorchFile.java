package dev.mige4j.weights.torch;

import dev.mige4j.tensor.DType;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads the tensors of a {@code torch.save} file without Python and without running what is in it ({@link Unpickler}).
 *
 * <p>Both formats: the archive (a zip with {@code data.pkl} and one stored file a storage, also beyond 4 GB) and the
 * older one (five pickles, then the storages). Offered are the tensors of one dictionary: of the entry
 * {@code state_dict}, or of the top when there is no such entry. What else stands at the top is told by
 * {@link #skipped} (an optimizer, say) or, when it is a text or a number, by {@link #metadata}. Views, shared storages
 * and transposed tensors are read; sparse, quantised, complex, 8-bit floating-point tensors and TorchScript are not,
 * nor the tar format of 2016.
 */
public final class TorchFile extends TensorFile {

    private static final BigInteger MAGIC_NUMBER = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long MAX_PICKLE_BYTES = 256L << 20;

    private final Map<String, String> metadata = new LinkedHashMap<>(), skipped = new LinkedHashMap<>();
    private final String format;

    private TorchFile(Path path, FileChannel channel, String stateDictKey) throws IOException {
        super(path, channel);
        ByteBuffer magic = ByteBuffer.allocate(2);
        if (size() < 4) throw error("has %d bytes; it was probably cut off, fetch it again", size());
        readFully(0, magic);
        boolean archive = magic.get(0) == 'P' && magic.get(1) == 'K';
        format = archive ? "torch archive" : "torch legacy";
        if (archive) readArchive(stateDictKey);
        else readLegacy(stateDictKey);
    }

    /** The tensors of {@code state_dict}, or of the top when there is no such entry. */
    public static TorchFile open(Path path) {
        return open(path, null);
    }

    /** The tensors of the top-level dictionary entry {@code section}, for instance {@code state_dict_ema}. */
    public static TorchFile open(Path path, String stateDictKey) {
        return withChannel(path, channel -> new TorchFile(path, channel, stateDictKey));
    }

    /** Whether the file starts like a zip archive or like a pickle, and is not a safetensors file. */
    public static boolean isTorchFile(Path path) {
        if (Files.isDirectory(path)) return false;
        byte[] header = new byte[10];
        try (InputStream in = Files.newInputStream(path)) {
            if (in.readNBytes(header, 0, header.length) < 4) return false;
        } catch (IOException e) {
            throw readFailed(path, e);
        }
        boolean safeTensors = header[8] == '{';
        boolean zip = header[0] == 'P' && header[1] == 'K' && header[2] <= 6;
        boolean pickle = (header[0] & 0xFF) == 0x80 && header[1] >= 0 && header[1] <= 5;
        return !safeTensors && (zip || pickle);
    }

    @Override
    public String format() {
        return format;
    }

    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public Map<String, String> skipped() {
        return skipped;
    }

    // ---- the archive ----

    private void readArchive(String stateDictKey) throws IOException {
        ZipIndex zip = new ZipIndex(this);
        String pickle = zip.names().stream()
                .filter(name -> name.equals("data.pkl") || name.endsWith("/data.pkl"))
                .findFirst()
                .orElseThrow(() -> error("is a zip file without data.pkl, so torch.save did not write it"));
        String root = pickle.substring(0, pickle.length() - "data.pkl".length());
        if (zip.contains(root + "byteorder")) {
            ZipIndex.ByteRange range = zip.locate(root + "byteorder");
            ByteBuffer byteOrder = ByteBuffer.allocate((int) Math.min(16, range.size()));
            readFully(range.offset(), byteOrder);
            if (new String(byteOrder.array(), StandardCharsets.US_ASCII).startsWith("big"))
                throw error("was written on a big-endian machine, which is not read here");
        }
        ZipIndex.ByteRange range = zip.locate(pickle);
        if (range.size() > MAX_PICKLE_BYTES)
            throw error("has a data.pkl of %d bytes, which is no description of weights", range.size());
        Object topLevel = new Unpickler(this, range.offset(), range.offset() + range.size()).load();
        Map<String, ZipIndex.ByteRange> ranges = new HashMap<>();
        addStateDict(topLevel, stateDictKey, storage -> {
            String name = root + "data/" + storage.key();
            ZipIndex.ByteRange found = ranges.get(name);
            if (found == null) {
                found = zip.locate(name);
                ranges.put(name, found);
            }
            return new StorageRange(found.offset(), found.size());
        });
    }

    // ---- the older format ----

    private void readLegacy(String stateDictKey) throws IOException {
        Unpickler unpickler = new Unpickler(this, 0, Math.min(size(), MAX_PICKLE_BYTES));
        Object magic = unpickler.load();
        if (!MAGIC_NUMBER.equals(magic))
            throw error("is a pickle, but not of torch.save; nothing in it is run, so nothing can be read");
        Object version = unpickler.load();
        if (!Long.valueOf(1001).equals(version)) throw error("is of another torch format, expected 1001");
        if (unpickler.load() instanceof Map<?, ?> system && Boolean.FALSE.equals(system.get("little_endian")))
            throw error("was written on a big-endian machine, which is not read here");
        Object topLevel = unpickler.load();
        if (!(unpickler.load() instanceof List<?> keys))
            throw error("has no list of storages behind its pickle; it is damaged");

        Map<String, Unpickler.Storage> storages = new HashMap<>();
        visitTensors(
                topLevel,
                Collections.newSetFromMap(new IdentityHashMap<>()),
                tensor -> storages.putIfAbsent(tensor.storage().key(), tensor.storage()));
        Map<String, StorageRange> ranges = new HashMap<>();
        long position = unpickler.position();
        for (Object key : keys) {
            Unpickler.Storage storage = key instanceof String name ? storages.get(name) : null;
            if (storage == null || storage.dtype() == null) {
                if (ranges.size() == storages.size()) break; // the rest belongs to nothing
                throw error("has a storage that no tensor uses, so its size is unknown; it is damaged");
            }
            ByteBuffer countBuffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            readFully(position, countBuffer);
            long numel = countBuffer.flip().getLong(), available = size() - position - 8;
            if (numel < 0 || numel > available / storage.dtype().elementSize())
                throw error(
                        "claims %s numbers in a storage, but has only %d bytes left; it was probably cut off, fetch it again",
                        Long.toUnsignedString(numel), available);
            ranges.put(
                    storage.key(),
                    new StorageRange(position + 8, numel * storage.dtype().elementSize()));
            position += 8 + numel * storage.dtype().elementSize();
        }
        addStateDict(topLevel, stateDictKey, storage -> {
            StorageRange available = ranges.get(storage.key());
            if (available == null) throw error("has no storage '%s', which a tensor needs", sanitize(storage.key()));
            return available;
        });
    }

    // ---- what both offer ----

    private record StorageRange(long offset, long nbytes) {}

    private interface StorageLocator {
        StorageRange locate(Unpickler.Storage storage) throws IOException;
    }

    private interface TensorVisitor {
        void visit(Unpickler.TensorReference tensor);
    }

    private void addStateDict(Object root, String stateDictKey, StorageLocator locator) throws IOException {
        if (!(root instanceof Map<?, ?> topLevel)) throw error("holds no dictionary at its top, expected a state_dict");
        String key = stateDictKey != null ? stateDictKey : "state_dict";
        Map<?, ?> stateDict = topLevel;
        if (topLevel.get(key) instanceof Map<?, ?> inner) {
            stateDict = inner;
            for (Map.Entry<?, ?> other : topLevel.entrySet())
                if (!key.equals(other.getKey()))
                    recordSkipped(sanitize(String.valueOf(other.getKey())), other.getValue());
        } else if (stateDictKey != null) {
            throw error("has no entry '%s'; it has %s", sanitize(stateDictKey), quotedKeys(topLevel));
        }
        for (Map.Entry<?, ?> entry : stateDict.entrySet()) {
            if (entry.getKey() instanceof String name && entry.getValue() instanceof Unpickler.TensorReference tensor)
                add(toTensorInfo(name, tensor, locator));
            else recordSkipped(sanitize(String.valueOf(entry.getKey())), entry.getValue());
        }
        if (tensorInfos().isEmpty() && !topLevel.isEmpty())
            throw error(
                    "has no tensors under '%s' and none at the top; it has the entries %s", key, quotedKeys(topLevel));
    }

    private static String quotedKeys(Map<?, ?> map) {
        return map.keySet().stream()
                        .limit(12)
                        .map(key -> "'" + sanitize(String.valueOf(key)) + "'")
                        .collect(Collectors.joining(", "))
                + (map.size() > 12 ? ", ..." : "");
    }

    private TensorInfo toTensorInfo(String name, Unpickler.TensorReference tensor, StorageLocator locator)
            throws IOException {
        DType dtype = tensor.dtype();
        int elementSize = dtype.elementSize();
        StorageRange range = locator.locate(tensor.storage());
        long base = tensor.storage().viewOffset(),
                storageNumel = range.nbytes / elementSize,
                first = base + tensor.offset();
        long numel = TensorInfo.numelOf(tensor.shape());
        if (tensor.shape().length != tensor.strides().length || numel < 0 || numel > storageNumel)
            throw error(
                    "tensor '%s' has the shape %s and strides %s, but its storage holds %d numbers; it is damaged or was cut off",
                    sanitize(name),
                    TensorInfo.formatShape(tensor.shape()),
                    TensorInfo.formatShape(tensor.strides()),
                    storageNumel);
        long last = first;
        boolean outOfBounds = tensor.offset() < 0 || base < 0 || first < 0 || first > storageNumel;
        boolean contiguous = true;
        long contiguousStride = 1;
        for (int axis = tensor.shape().length - 1; axis >= 0 && !outOfBounds; axis--) {
            long size = tensor.shape()[axis], stride = tensor.strides()[axis];
            if (size <= 1) continue; // a stride that is never walked
            if (stride < 0 || stride > storageNumel) outOfBounds = true;
            else if ((last += (size - 1) * stride) < 0 || last >= storageNumel)
                outOfBounds = true; // both factors < 2^44: no overflow
            contiguous &= stride == contiguousStride;
            contiguousStride *= size;
        }
        if (numel > 0 && (outOfBounds || last >= storageNumel))
            throw error(
                    "tensor '%s' reaches beyond its storage of %d numbers; it is damaged or was cut off",
                    sanitize(name), storageNumel);
        return new TensorInfo(
                name,
                dtype,
                tensor.shape(),
                range.offset + first * elementSize,
                contiguous || numel == 0 ? null : tensor.strides());
    }

    private void recordSkipped(String name, Object value) {
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            metadata.put(name, sanitize(String.valueOf(value)));
            return;
        }
        int[] tensorCount = {0};
        visitTensors(value, Collections.newSetFromMap(new IdentityHashMap<>()), tensor -> tensorCount[0]++);
        String reason = value instanceof Unpickler.TensorReference
                ? "a single tensor beside the state_dict"
                : name.startsWith("optimizer")
                        ? "the optimizer's state, needed only to go on with that training"
                        : name.contains("scheduler")
                                ? "the state of the learning-rate schedule"
                                : name.equals("state_dict_ema")
                                        ? "averaged weights, read only on request"
                                        : "not part of the state_dict";
        skipped.put(name, tensorCount[0] > 1 ? reason + " (" + tensorCount[0] + " tensors)" : reason);
    }

    /**
     * Finds every tensor below {@code value}; what contains itself is visited once. Not recursive: a pickle may nest a
     * million lists.
     */
    private static void visitTensors(Object value, Set<Object> visited, TensorVisitor visitor) {
        var pending = new ArrayDeque<Object>();
        pending.add(value);
        while (!pending.isEmpty()) {
            Object next = pending.pop();
            if (next instanceof Unpickler.TensorReference tensor) visitor.visit(tensor);
            else if (next instanceof Unpickler.Tuple tuple && visited.add(tuple)) pending.addAll(tuple.items());
            else if (next instanceof Map<?, ?> map && visited.add(map)) pending.addAll(map.values());
            else if (next instanceof List<?> list && visited.add(list)) pending.addAll(list);
        }
    }
}
