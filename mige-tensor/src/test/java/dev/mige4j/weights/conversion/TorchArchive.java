package dev.mige4j.weights.conversion;

import dev.mige4j.common.Sha256;
import dev.mige4j.tensor.DType;
import dev.mige4j.weights.hub.LocalHub;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * A file as {@code torch.save} or {@code torch.jit.save} writes it, of any size, which exists only while it is read:
 * the storages compute their bytes. Layout and padding as in {@code caffe2/serialize/inline_container.cc}.
 */
public final class TorchArchive {

    /** Bytes that are computed on demand. */
    public interface Bytes {
        void read(long offset, byte[] target, int start, int length) throws IOException;

        static Bytes of(byte[] content) {
            return (offset, target, start, length) -> System.arraycopy(content, (int) offset, target, start, length);
        }
    }

    private record Tensor(String storage, DType dtype, long offset, long[] shape, long[] strides) {}

    private record Entry(String name, long size, Bytes bytes, long crc) {}

    private final Map<String, Map<String, Tensor>> sections = new LinkedHashMap<>();
    private final Map<String, Entry> storages = new LinkedHashMap<>();
    private final Map<String, DType> storageTypes = new LinkedHashMap<>();
    private boolean script;

    /** Makes this a TorchScript archive: the names of the tensors in the section "" are paths of modules. */
    public TorchArchive asScript() {
        script = true;
        return this;
    }

    /** Adds a contiguous tensor with a storage of its own; the CRC-32 is not computed if {@code crc} is 0. */
    public TorchArchive add(String section, String name, DType dtype, long[] shape, Bytes bytes, long crc) {
        long numel = 1;
        for (long size : shape) numel *= size;
        String storage = addStorage(dtype, numel, bytes, crc);
        return addView(section, name, storage, 0, shape, contiguousStrides(shape));
    }

    /** As {@link #add}, of bytes in memory and with their CRC-32. */
    public TorchArchive add(String section, String name, DType dtype, long[] shape, byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return add(section, name, dtype, shape, Bytes.of(bytes), crc.getValue());
    }

    /** Adds a storage without a tensor and returns its key. */
    public String addStorage(DType dtype, long numel, Bytes bytes, long crc) {
        String key = Integer.toString(storages.size());
        storages.put(key, new Entry("archive/data/" + key, numel * dtype.elementSize(), bytes, crc));
        storageTypes.put(key, dtype);
        return key;
    }

    /** Adds a tensor that is a view of a storage; offset and strides are in elements. */
    public TorchArchive addView(
            String section, String name, String storage, long offset, long[] shape, long[] strides) {
        sections.computeIfAbsent(section, key -> new LinkedHashMap<>())
                .put(name, new Tensor(storage, storageTypes.get(storage), offset, shape, strides));
        return this;
    }

    /** The strides of a row-major tensor. */
    public static long[] contiguousStrides(long[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= shape[axis];
        }
        return strides;
    }

    /**
     * The file; changes of this object have no effect on it. The SHA-256 of a large one would take minutes, so it is
     * listed with that of its directory, which has the CRC-32 of everything.
     */
    public LocalHub.Content content() {
        List<Entry> entries = new ArrayList<>();
        byte[] pickle = pickle();
        entries.add(entry("archive/data.pkl", pickle));
        entries.add(entry("archive/byteorder", "little".getBytes(StandardCharsets.US_ASCII)));
        entries.addAll(storages.values());
        entries.add(entry("archive/version", "3\n".getBytes(StandardCharsets.US_ASCII)));

        TreeMap<Long, Entry> segments = new TreeMap<>();
        ByteArrayOutputStream directory = new ByteArrayOutputStream();
        long position = 0;
        for (Entry entry : entries) {
            byte[] header = localHeader(entry, position);
            directory.writeBytes(directoryHeader(entry, position));
            position = put(segments, position, header);
            segments.put(position, entry);
            position = put(segments, position + entry.size, dataDescriptor(entry));
        }
        long end = put(segments, position, directory.toByteArray());
        long size = put(segments, end, endOfDirectory(entries.size(), position, end));
        String listed = size < LocalHub.LARGE_BYTES ? null : Sha256.hex(directory.toByteArray());
        return new LocalHub.Content() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public String listedSha256() {
                return listed;
            }

            @Override
            public InputStream open() {
                return new SegmentStream(segments, size);
            }
        };
    }

    private static Entry entry(String name, byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(content);
        return new Entry(name, content.length, Bytes.of(content), crc.getValue());
    }

    private static long put(TreeMap<Long, Entry> segments, long position, byte[] bytes) {
        segments.put(position, entry("", bytes));
        return position + bytes.length;
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** With a padding field that aligns the content to 64 bytes; sizes stand in the data descriptor. */
    private static byte[] localHeader(Entry entry, long position) {
        byte[] name = entry.name.getBytes(StandardCharsets.US_ASCII);
        int unpadded = 30 + name.length + 4, padding = (int) ((64 - (position + unpadded) % 64) % 64);
        ByteBuffer header = buffer(unpadded + padding);
        header.putInt(0x04034b50).putShort((short) 20).putShort((short) 8).position(26);
        header.putShort((short) name.length).putShort((short) (4 + padding)).put(name);
        header.put((byte) 'F').put((byte) 'B').putShort((short) padding);
        while (header.hasRemaining()) header.put((byte) 'Z');
        return header.array();
    }

    private static byte[] dataDescriptor(Entry entry) {
        return buffer(24)
                .putInt(0x08074b50)
                .putInt((int) entry.crc)
                .putLong(entry.size)
                .putLong(entry.size)
                .array();
    }

    private static byte[] directoryHeader(Entry entry, long position) {
        byte[] name = entry.name.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer header = buffer(46 + name.length + 28);
        header.putInt(0x02014b50).putShort((short) 45).putShort((short) 45).putShort((short) 8);
        header.position(16);
        header.putInt((int) entry.crc)
                .putInt(-1)
                .putInt(-1)
                .putShort((short) name.length)
                .putShort((short) 28);
        header.position(42);
        header.putInt(-1).put(name);
        header.putShort((short) 1).putShort((short) 24); // ZIP64
        header.putLong(entry.size).putLong(entry.size).putLong(position);
        return header.array();
    }

    private static byte[] endOfDirectory(int count, long start, long end) {
        ByteBuffer bytes = buffer(56 + 20 + 22);
        bytes.putInt(0x06064b50)
                .putLong(44)
                .putShort((short) 45)
                .putShort((short) 45)
                .putLong(0);
        bytes.putLong(count).putLong(count).putLong(end - start).putLong(start);
        bytes.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
        bytes.putInt(0x06054b50)
                .putInt(0)
                .putShort((short) -1)
                .putShort((short) -1)
                .putInt(-1)
                .putInt(-1);
        return bytes.array();
    }

    // ---- pickle ----

    private byte[] pickle() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x80, 2});
        if (script) writeModule(out, "", sections.get(""));
        else if (sections.size() == 1 && sections.containsKey("")) writeTensors(out, sections.get(""));
        else {
            out.writeBytes(new byte[] {'}', '('});
            sections.forEach((section, tensors) -> {
                writeString(out, section);
                writeTensors(out, tensors);
            });
            out.write('u');
        }
        out.write('.');
        return out.toByteArray();
    }

    private void writeTensors(ByteArrayOutputStream out, Map<String, Tensor> tensors) {
        out.writeBytes(new byte[] {'}', '('});
        tensors.forEach((name, tensor) -> {
            writeString(out, name);
            writeTensor(out, tensor);
        });
        out.write('u');
    }

    /** An object with the tensors below {@code prefix} and a submodule for each further part of their names. */
    private void writeModule(ByteArrayOutputStream out, String prefix, Map<String, Tensor> tensors) {
        writeAscii(out, "c__torch__.torch.nn\nModule\n)");
        out.writeBytes(new byte[] {(byte) 0x81, '}', '('});
        writeString(out, "training");
        out.write(0x89);
        Set<String> submodules = new LinkedHashSet<>();
        tensors.forEach((name, tensor) -> {
            if (!name.startsWith(prefix)) return;
            String attribute = name.substring(prefix.length());
            int dot = attribute.indexOf('.');
            if (dot >= 0) {
                submodules.add(attribute.substring(0, dot));
                return;
            }
            writeString(out, attribute);
            writeTensor(out, tensor);
        });
        for (String submodule : submodules) {
            writeString(out, submodule);
            writeModule(out, prefix + submodule + ".", tensors);
        }
        out.writeBytes(new byte[] {'u', 'b'});
    }

    private void writeTensor(ByteArrayOutputStream out, Tensor tensor) {
        writeAscii(out, "ctorch._utils\n_rebuild_tensor_v2\n((");
        writeString(out, "storage");
        writeAscii(out, "ctorch\n" + storageClass(tensor.dtype) + "\n");
        writeString(out, tensor.storage);
        writeString(out, "cpu");
        writeLong(out, storages.get(tensor.storage).size / tensor.dtype.elementSize());
        writeAscii(out, "tQ");
        writeLong(out, tensor.offset);
        for (long[] numbers : List.of(tensor.shape, tensor.strides)) {
            out.write('(');
            for (long number : numbers) writeLong(out, number);
            out.write('t');
        }
        out.write(0x89);
        writeAscii(out, "ccollections\nOrderedDict\n)RtR");
    }

    private static String storageClass(DType dtype) {
        return switch (dtype) {
            case F32 -> "FloatStorage";
            case BF16 -> "BFloat16Storage";
            default -> "HalfStorage";
        };
    }

    private static void writeAscii(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void writeString(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(buffer(5).put((byte) 'X').putInt(bytes.length).array());
        out.writeBytes(bytes);
    }

    private static void writeLong(ByteArrayOutputStream out, long number) {
        out.writeBytes(buffer(10).put((byte) 0x8a).put((byte) 8).putLong(number).array());
    }

    /** Reads the segments one after another; skips without computing them. */
    private static final class SegmentStream extends InputStream {
        private final TreeMap<Long, Entry> segments;
        private final long size;
        private long position;

        SegmentStream(TreeMap<Long, Entry> segments, long size) {
            this.segments = segments;
            this.size = size;
        }

        @Override
        public int read(byte[] target, int start, int length) throws IOException {
            if (position == size) return -1;
            Map.Entry<Long, Entry> segment = segments.floorEntry(position);
            long offset = position - segment.getKey();
            int count = (int) Math.min(length, segment.getValue().size - offset);
            segment.getValue().bytes.read(offset, target, start, count);
            position += count;
            return count;
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
        }

        @Override
        public long skip(long count) {
            long skipped = Math.min(count, size - position);
            position += skipped;
            return skipped;
        }
    }
}
