package dev.mige4j.weights.torch;

import dev.mige4j.common.ByteSource;
import dev.mige4j.tensor.DType;
import dev.mige4j.weights.format.LocalFile;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import dev.mige4j.weights.torch.SectionSelector.Section;
import dev.mige4j.weights.torch.TensorReference.Storage;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Reads the tensors of a {@code torch.save} or {@code torch.jit.save} file without executing its pickle
 * ({@link Unpickler}).
 *
 * <p>Supports both formats: the zip archive ({@code data.pkl} and one uncompressed file per storage, also beyond 4 GB)
 * and the legacy format (five pickles, then the storages). Reads the tensors of one dictionary, the section:
 * {@code state_dict}, the top level itself, or another one ({@link SectionSelector}). Everything else is listed in
 * {@link #skipped}, strings and numbers in {@link #metadata}; objects of other classes are never built. Of a
 * TorchScript archive, the section is the {@code state_dict} of its module ({@link ScriptModule}). Views, shared
 * storages and transposed tensors are supported; sparse, quantized, complex and 8-bit floating-point tensors are
 * skipped; the tar format of 2016 is not supported.
 */
public final class TorchFile extends TensorFile {

    private static final BigInteger MAGIC_NUMBER = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long MAX_PICKLE_BYTES = 256L << 20, MAX_EXPANDED_NUMEL = 1L << 32;
    private final Map<String, String> metadata = new LinkedHashMap<>(), skipped = new LinkedHashMap<>();
    /** Storages of an archive, by the name of the tensor. */
    private final Map<String, ZipIndex.Entry> entries = new HashMap<>();

    private ZipIndex zip; // null in the legacy format
    private String format, section, note;

    private TorchFile(ByteSource source, SectionSelector selector) throws IOException {
        super(source);
        ByteBuffer magic = ByteBuffer.allocate(2);
        if (size() < 4) throw error("has %d bytes; it is probably truncated; download it again", size());
        readFully(0, magic);
        boolean archive = magic.get(0) == 'P' && magic.get(1) == 'K';
        if (archive) readArchive(selector);
        else readLegacy(selector);
    }

    /** Opens the first section in the order of {@link SectionSelector#select}. */
    public static TorchFile open(Path path) {
        return open(path, SectionSelector.FIRST);
    }

    /**
     * Opens the tensors of one section.
     *
     * @throws dev.mige4j.common.WeightsException when the file is missing, damaged, or has no tensors
     */
    public static TorchFile open(Path path, SectionSelector selector) {
        return open(LocalFile.open(path), selector);
    }

    /** As {@link #open(Path, SectionSelector)}, of any source, which is closed with the file. */
    public static TorchFile open(ByteSource source, SectionSelector selector) {
        return open(source, opened -> new TorchFile(opened, selector));
    }

    /** Whether the file starts like a zip archive or like a pickle, and is not a safetensors file. */
    public static boolean isTorchFile(ByteSource source) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(10);
        for (int n = 0; n >= 0 && header.hasRemaining(); ) n = source.read(header, header.position());
        if (header.position() < 4) return false;
        boolean safeTensors = header.get(8) == '{';
        boolean zip = header.get(0) == 'P' && header.get(1) == 'K' && header.get(2) <= 6;
        boolean pickle = (header.get(0) & 0xFF) == 0x80 && header.get(1) >= 0 && header.get(1) <= 5;
        return !safeTensors && (zip || pickle);
    }

    @Override
    public String format() {
        return section.isEmpty() ? format : format + ", section '" + sanitize(section) + "'";
    }

    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public Map<String, String> skipped() {
        return skipped;
    }

    @Override
    public Optional<String> note() {
        return Optional.ofNullable(note);
    }

    private void readArchive(SectionSelector selector) throws IOException {
        zip = new ZipIndex(this);
        String pickle = zip.names().stream()
                .filter(name -> name.equals("data.pkl") || name.endsWith("/data.pkl"))
                .findFirst()
                .orElseThrow(() -> error(
                        "is a zip archive without data.pkl, so it was not written by torch.save; it holds %s; "
                                + "if the checkpoint is inside, unpack it",
                        zip.names().stream().limit(3).map(TensorFile::sanitize).collect(Collectors.joining(", "))));
        String root = pickle.substring(0, pickle.length() - "data.pkl".length());
        if (zip.contains(root + "byteorder")) checkByteOrder(zip.entry(root + "byteorder"));
        ZipIndex.Entry entry = zip.entry(pickle);
        if (entry.size() > MAX_PICKLE_BYTES)
            throw error("has a data.pkl of %d bytes, which is too large for a state_dict", entry.size());
        long start = zip.position(entry);
        Object topLevel = new Unpickler(this, start, start + entry.size()).load();
        boolean isScript = ScriptModule.isModule(topLevel);
        format = isScript ? "TorchScript archive" : "torch archive";
        if (isScript) topLevel = ScriptModule.stateDict(this, topLevel);
        addSection(topLevel, selector, storage -> {
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

    private void readLegacy(SectionSelector selector) throws IOException {
        format = "torch legacy";
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

        Map<String, Storage> storages = unpickler.storages();
        Map<String, StorageRange> ranges = new HashMap<>();
        long position = unpickler.position();
        for (Object key : keys) {
            Storage storage = key instanceof String name ? storages.get(name) : null;
            if (storage == null || storage.type().size() == 0) break; // of unknown size: no later one can be located
            ByteBuffer countBuffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            readFully(position, countBuffer);
            long numel = countBuffer.flip().getLong(), available = size() - position - 8;
            if (numel < 0 || numel > available / storage.type().size())
                throw error(
                        "has a storage of %s elements, but only %d bytes are left; it is probably truncated; "
                                + "download it again",
                        Long.toUnsignedString(numel), available);
            ranges.put(
                    storage.key(),
                    new StorageRange(position + 8, numel * storage.type().size(), null));
            position += 8 + numel * storage.type().size();
        }
        addSection(topLevel, selector, storage -> {
            StorageRange available = ranges.get(storage.key());
            if (available == null)
                throw error("has no readable storage '%s', which a tensor refers to", sanitize(storage.key()));
            return available;
        });
    }

    /** Location of a storage; {@code entry} is null in the legacy format. */
    private record StorageRange(long offset, long nbytes, ZipIndex.Entry entry) {}

    private interface StorageLocator {
        StorageRange locate(Storage storage) throws IOException;
    }

    private void addSection(Object topLevel, SectionSelector selector, StorageLocator locator) throws IOException {
        StateDicts stateDicts = new StateDicts(topLevel);
        List<Section> sections = stateDicts.sections();
        if (sections.isEmpty()) throw error("%s", stateDicts.describeWithoutSections());
        SectionSelector.Choice choice = selector.select(path().getFileName().toString(), sections);
        section = choice.section().name();
        note = choice.note();
        for (var tensor : stateDicts.tensors(choice.section()).entrySet())
            add(toTensorInfo(tensor.getKey(), tensor.getValue(), locator));
        stateDicts.describeRest(choice.section(), metadata, skipped);
    }

    private TensorInfo toTensorInfo(String name, TensorReference tensor, StorageLocator locator) throws IOException {
        DType dtype = tensor.type().dtype();
        int elementSize = dtype.elementSize();
        StorageRange range = locator.locate(tensor.storage());
        long base = tensor.storage().viewOffset(),
                storageNumel = range.nbytes / elementSize,
                first = base + tensor.offset();
        long numel = TensorInfo.numelOf(tensor.shape());
        boolean expanded =
                LongStream.of(tensor.strides()).anyMatch(stride -> stride == 0); // .expand() repeats elements
        if (tensor.shape().length != tensor.strides().length
                || numel < 0
                || numel > (expanded ? MAX_EXPANDED_NUMEL : storageNumel))
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
}
