package dev.mige4j.weights.torch;

import dev.mige4j.common.ByteSource;
import dev.mige4j.tensor.DType;
import dev.mige4j.weights.format.LocalFile;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads the tensors of a {@code torch.save} file without executing its pickle ({@link Unpickler}).
 *
 * <p>Supports both formats: the zip archive ({@code data.pkl} and one uncompressed file per storage, also beyond 4 GB)
 * and the legacy format (five pickles, then the storages). Reads the tensors of one dictionary: the top-level entry
 * {@code state_dict}, or the top level itself. Other top-level entries are listed in {@link #skipped}, strings and
 * numbers in {@link #metadata}. Views, shared storages and transposed tensors are supported; sparse, quantized, complex
 * and 8-bit floating-point tensors, TorchScript, and the tar format of 2016 are not.
 */
public final class TorchFile extends TensorFile {

    private static final BigInteger MAGIC_NUMBER = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long MAX_PICKLE_BYTES = 256L << 20;

    private final Map<String, String> metadata = new LinkedHashMap<>(), skipped = new LinkedHashMap<>();
    private final String format;

    /** Storages of an archive, by the name of the tensor. */
    private final Map<String, ZipIndex.Entry> entries = new HashMap<>();

    private ZipIndex zip; // null in the legacy format

    private TorchFile(ByteSource source, String stateDictKey) throws IOException {
        super(source);
        ByteBuffer magic = ByteBuffer.allocate(2);
        if (size() < 4) throw error("has %d bytes; it is probably truncated; download it again", size());
        readFully(0, magic);
        boolean archive = magic.get(0) == 'P' && magic.get(1) == 'K';
        format = archive ? "torch archive" : "torch legacy";
        if (archive) readArchive(stateDictKey);
        else readLegacy(stateDictKey);
    }

    /** Opens the tensors of {@code state_dict}, or of the top level if there is no such entry. */
    public static TorchFile open(Path path) {
        return open(path, null);
    }

    /**
     * Opens the tensors of one top-level entry.
     *
     * @param stateDictKey for instance {@code state_dict_ema}; null: as {@link #open(Path)}
     * @throws dev.mige4j.common.WeightsException when the file is missing, damaged, refers to code, or has no such
     *     entry
     */
    public static TorchFile open(Path path, String stateDictKey) {
        return open(LocalFile.open(path), stateDictKey);
    }

    /** As {@link #open(Path, String)}, of any source, which is closed with the file. */
    public static TorchFile open(ByteSource source, String stateDictKey) {
        return open(source, opened -> new TorchFile(opened, stateDictKey));
    }

    /** Whether the file starts like a zip archive or like a pickle, and is not a safetensors file. */
    public static boolean isTorchFile(ByteSource source) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(10);
        while (header.hasRemaining() && source.read(header, header.position()) >= 0) continue;
        if (header.position() < 4) return false;
        boolean safeTensors = header.get(8) == '{';
        boolean zip = header.get(0) == 'P' && header.get(1) == 'K' && header.get(2) <= 6;
        boolean pickle = (header.get(0) & 0xFF) == 0x80 && header.get(1) >= 0 && header.get(1) <= 5;
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

    private void readArchive(String stateDictKey) throws IOException {
        zip = new ZipIndex(this);
        String pickle = zip.names().stream()
                .filter(name -> name.equals("data.pkl") || name.endsWith("/data.pkl"))
                .findFirst()
                .orElseThrow(() -> error("is a zip file without data.pkl, so it was not written by torch.save"));
        String root = pickle.substring(0, pickle.length() - "data.pkl".length());
        if (zip.contains(root + "byteorder")) checkByteOrder(zip.entry(root + "byteorder"));
        ZipIndex.Entry entry = zip.entry(pickle);
        if (entry.size() > MAX_PICKLE_BYTES)
            throw error("has a data.pkl of %d bytes, which is too large for a state_dict", entry.size());
        long start = zip.position(entry);
        Object topLevel = new Unpickler(this, start, start + entry.size()).load();
        addStateDict(topLevel, stateDictKey, storage -> {
            ZipIndex.Entry found = zip.entry(root + "data/" + storage.key());
            return new StorageRange(found.contentOffset(), found.size(), found);
        });
        if (source() instanceof LocalFile) for (ZipIndex.Entry used : entries.values()) zip.position(used);
    }

    private void checkByteOrder(ZipIndex.Entry entry) throws IOException {
        ByteBuffer byteOrder = ByteBuffer.allocate((int) Math.min(16, entry.size()));
        readFully(zip.position(entry), byteOrder);
        if (new String(byteOrder.array(), StandardCharsets.US_ASCII).startsWith("big"))
            throw error("was written on a big-endian machine, which is not supported");
    }

    @Override
    protected long position(TensorInfo info) throws IOException {
        ZipIndex.Entry entry = entries.get(info.name());
        return entry == null ? info.offset() : info.offset() - entry.contentOffset() + zip.position(entry);
    }

    @Override
    public ByteSource.ByteRange byteRange(TensorInfo info) {
        ByteSource.ByteRange range = super.byteRange(info);
        ZipIndex.Entry entry = entries.get(info.name());
        if (entry == null) return range;
        long padding = entry.limit() - entry.contentOffset() - entry.size();
        return new ByteSource.ByteRange(
                range.offset() == entry.contentOffset() ? entry.headerOffset() : range.offset(), range.end() + padding);
    }

    @Override
    public OptionalLong crc32(TensorInfo info) {
        ZipIndex.Entry entry = entries.get(info.name());
        boolean wholeEntry = entry != null
                && info.isContiguous()
                && info.offset() == entry.contentOffset()
                && info.nbytes() == entry.size();
        return wholeEntry && entry.crc32() != 0 ? OptionalLong.of(entry.crc32()) : OptionalLong.empty();
    }

    private void readLegacy(String stateDictKey) throws IOException {
        Unpickler unpickler = new Unpickler(this, 0, Math.min(size(), MAX_PICKLE_BYTES));
        Object magic = unpickler.load();
        if (!MAGIC_NUMBER.equals(magic))
            throw error("is a pickle that was not written by torch.save; pickles are not executed");
        Object version = unpickler.load();
        if (!Long.valueOf(1001).equals(version)) throw error("has an unknown torch format version, expected 1001");
        if (unpickler.load() instanceof Map<?, ?> system && Boolean.FALSE.equals(system.get("little_endian")))
            throw error("was written on a big-endian machine, which is not supported");
        Object topLevel = unpickler.load();
        if (!(unpickler.load() instanceof List<?> keys))
            throw error("has no list of storages after its pickle; it is damaged");

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
                if (ranges.size() == storages.size()) break; // the remaining storages are not used by any tensor
                throw error("has a storage of unknown size, since no tensor uses it; it is damaged");
            }
            ByteBuffer countBuffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            readFully(position, countBuffer);
            long numel = countBuffer.flip().getLong(), available = size() - position - 8;
            if (numel < 0 || numel > available / storage.dtype().elementSize())
                throw error(
                        "has a storage of %s elements, but only %d bytes are left; it is probably truncated; "
                                + "download it again",
                        Long.toUnsignedString(numel), available);
            ranges.put(
                    storage.key(),
                    new StorageRange(position + 8, numel * storage.dtype().elementSize(), null));
            position += 8 + numel * storage.dtype().elementSize();
        }
        addStateDict(topLevel, stateDictKey, storage -> {
            StorageRange available = ranges.get(storage.key());
            if (available == null)
                throw error("has no storage '%s', which a tensor refers to", sanitize(storage.key()));
            return available;
        });
    }

    /** Location of a storage; {@code entry} is null in the legacy format. */
    private record StorageRange(long offset, long nbytes, ZipIndex.Entry entry) {}

    private interface StorageLocator {
        StorageRange locate(Unpickler.Storage storage) throws IOException;
    }

    private interface TensorVisitor {
        void visit(Unpickler.TensorReference tensor);
    }

    private void addStateDict(Object root, String stateDictKey, StorageLocator locator) throws IOException {
        if (!(root instanceof Map<?, ?> topLevel))
            throw error("has no dictionary at the top level, expected a state_dict");
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
            throw error("has no tensors under '%s' or at the top level; its entries are %s", key, quotedKeys(topLevel));
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
                    "tensor '%s' has the shape %s and strides %s, but its storage has %d elements; "
                            + "the file is damaged or truncated",
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
            if (size <= 1) continue; // its stride is never used
            if (stride < 0 || stride > storageNumel) outOfBounds = true;
            else if ((last += (size - 1) * stride) < 0 || last >= storageNumel)
                outOfBounds = true; // both factors < 2^44: no overflow
            contiguous &= stride == contiguousStride;
            contiguousStride *= size;
        }
        if (numel > 0 && (outOfBounds || last >= storageNumel))
            throw error(
                    "tensor '%s' exceeds its storage of %d elements; the file is damaged or truncated",
                    sanitize(name), storageNumel);
        if (range.entry != null) entries.put(name, range.entry);
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
                ? "a single tensor outside the state_dict"
                : name.startsWith("optimizer")
                        ? "optimizer state, used only to resume that training"
                        : name.contains("scheduler")
                                ? "state of the learning-rate scheduler"
                                : name.equals("state_dict_ema")
                                        ? "EMA weights, read only on request"
                                        : "not part of the state_dict";
        skipped.put(name, tensorCount[0] > 1 ? reason + " (" + tensorCount[0] + " tensors)" : reason);
    }

    /**
     * Visits every tensor in {@code value}, each container once. Iterative, since a pickle may nest a million lists.
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
