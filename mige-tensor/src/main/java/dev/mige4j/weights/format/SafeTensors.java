package dev.mige4j.weights.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ByteSource;
import dev.mige4j.common.FileContent;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads and writes safetensors files: eight bytes of header length (little-endian), a JSON header, then the data.
 *
 * <pre>
 *   { "name": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [begin, end]}, ..., "__metadata__": {"key": "text"} }
 * </pre>
 *
 * <p>Offsets count from the end of the header. The header is validated against the file before any data is read:
 * lengths, types, sizes, duplicate names, and overlaps. Bytes that belong to no tensor are accepted. Format:
 * huggingface/safetensors.
 */
public final class SafeTensors extends TensorFile {

    private static final int MAX_HEADER_BYTES = 100_000_000, MAX_TENSORS = 200_000, MAX_DIMS = 16;
    private final Map<String, String> metadata = new LinkedHashMap<>(), skipped = new LinkedHashMap<>();

    private SafeTensors(ByteSource source) {
        super(source);
    }

    /**
     * Opens a file and reads its header.
     *
     * @throws WeightsException when the file is missing, truncated, or has an invalid header
     */
    public static SafeTensors open(Path path) {
        return open(LocalFile.open(path));
    }

    /** As {@link #open(Path)}, of any source, which is closed with the file. */
    public static SafeTensors open(ByteSource source) {
        return open(source, opened -> {
            SafeTensors file = new SafeTensors(opened);
            file.readHeader();
            return file;
        });
    }

    @Override
    public String format() {
        return "safetensors";
    }

    /** Content of {@code __metadata__} in the header; may be empty. */
    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Tensors of types that cannot be read, such as {@code F8_E4M3}. */
    @Override
    public Map<String, String> skipped() {
        return skipped;
    }

    /** Writes the data of one tensor: its elements in row-major order, little-endian. */
    @FunctionalInterface
    public interface DataWriter {
        /** Writes exactly the bytes of the tensor. */
        void writeTo(WritableByteChannel out) throws IOException;
    }

    /** A tensor to write. */
    public record TensorData(String name, DType dtype, long[] shape, DataWriter data) {
        private static final int CHUNK_NUMEL = 1 << 22;

        /** A tensor in its own type; read in chunks when the file is written. */
        public static TensorData of(String name, Tensor tensor) {
            return new TensorData(name, tensor.dtype(), tensor.shape(), out -> {
                long numel = tensor.numel();
                Tensor flat = Scope.unscoped(() -> tensor.reshape(numel));
                for (long offset = 0; offset < numel; offset += CHUNK_NUMEL) {
                    long chunkStart = offset;
                    ByteBuffer bytes = ByteBuffer.wrap(
                            Scope.scoped(() -> flat.narrow(0, chunkStart, Math.min(CHUNK_NUMEL, numel - chunkStart))
                                    .toByteArray()));
                    while (bytes.hasRemaining()) out.write(bytes);
                }
                flat.close();
            });
        }

        /** Size of the values in bytes. */
        public long nbytes() {
            return TensorInfo.numelOf(shape) * dtype.elementSize();
        }
    }

    /**
     * The header of a file and the place of each tensor in it. Tensors are sorted by element size (largest first, so
     * that all are aligned) and name, so the same tensors always give the same bytes. The scales of an int8 weight come
     * after it.
     *
     * @param offsets position of each tensor in the file, in the order of the file
     */
    public record Layout(byte[] header, Map<SafeTensors.TensorData, Long> offsets, long totalBytes) {
        /** The layout of a file of these tensors. */
        public static Layout of(Map<String, String> metadata, Collection<TensorData> data) {
            List<TensorData> sortedData = new ArrayList<>(data);
            sortedData.sort(Comparator.comparingInt((TensorData tensor) -> Int8Quantization.isScale(tensor.name())
                            ? -1
                            : -tensor.dtype().elementSize())
                    .thenComparing(TensorData::name));
            byte[] header = SafeTensors.header(metadata, sortedData);
            Map<TensorData, Long> offsets = new LinkedHashMap<>();
            long position = header.length;
            for (TensorData tensor : sortedData) {
                offsets.put(tensor, position);
                position += tensor.nbytes();
            }
            return new Layout(header, offsets, position);
        }
    }

    /**
     * Writes a file atomically, one tensor at a time, in the order of its {@link Layout}.
     *
     * @throws dev.mige4j.common.UsageException when the disk is full or the file cannot be written
     */
    public static void write(Path target, Map<String, String> metadata, Collection<TensorData> data) {
        Layout layout = Layout.of(metadata, data);
        AtomicFile.write(target, layout.totalBytes(), out -> {
            ByteBuffer header = ByteBuffer.wrap(layout.header());
            while (header.hasRemaining()) out.write(header);
            for (TensorData tensor : layout.offsets().keySet()) {
                long expected = out.position() + tensor.nbytes();
                tensor.data().writeTo(out);
                if (out.position() != expected)
                    throw new IllegalStateException("The writer of tensor '" + tensor.name() + "' wrote "
                            + (out.position() - expected + tensor.nbytes()) + " bytes, expected " + tensor.nbytes());
            }
        });
    }

    /** As {@link #write(Path, Map, Collection)}, of tensors in their own types. */
    public static void write(Path target, Map<String, String> metadata, Map<String, Tensor> tensors) {
        write(
                target,
                metadata,
                tensors.entrySet().stream()
                        .map(entry -> TensorData.of(entry.getKey(), entry.getValue()))
                        .toList());
    }

    private static byte[] header(Map<String, String> metadata, List<TensorData> data) {
        ByteArrayOutputStream buffer = new ByteArrayOutputStream();
        buffer.writeBytes(new byte[8]);
        try (JsonGenerator json = new JsonFactory().createGenerator(buffer)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart("__metadata__");
                for (var entry : new TreeMap<>(metadata).entrySet())
                    json.writeStringField(entry.getKey(), entry.getValue());
                json.writeEndObject();
            }
            long offset = 0;
            Set<String> names = new HashSet<>();
            for (TensorData tensor : data) {
                if (!names.add(tensor.name()))
                    throw new IllegalArgumentException("tensor '" + tensor.name() + "' occurs twice");
                json.writeObjectFieldStart(tensor.name());
                json.writeStringField("dtype", tensor.dtype().label());
                json.writeFieldName("shape");
                json.writeArray(tensor.shape(), 0, tensor.shape().length);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {offset, offset += tensor.nbytes()}, 0, 2);
                json.writeEndObject();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        while (buffer.size() % 8 != 0) buffer.write(' ');
        byte[] header = buffer.toByteArray();
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length - 8);
        return header;
    }

    private void readHeader() throws IOException {
        long fileSize = size();
        byte[] head = new byte[(int) Math.min(FileContent.HEAD_BYTES, fileSize)];
        readFully(0, ByteBuffer.wrap(head));
        boolean hasHeader = head.length > 8 && head[7] == 0 && head[8] == '{';
        if (!hasHeader)
            FileContent.recognize(head).ifPresent(content -> {
                throw new WeightsException(
                        "%s",
                        content.message(
                                path().getFileName().toString(), "weights in safetensors or torch.save format"));
            });
        if (fileSize < 8)
            throw error(
                    "has %d bytes, a safetensors file has at least 8; it is probably truncated; download it again",
                    fileSize);
        ByteBuffer eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        readFully(0, eight);
        long length = eight.flip().getLong();
        if (length < 2 || length > MAX_HEADER_BYTES)
            throw error(
                    "has a header length of %s bytes, expected 2 to %d; it is not a safetensors file",
                    Long.toUnsignedString(length), MAX_HEADER_BYTES);
        if (8 + length > fileSize)
            throw error(
                    "has a header length of %d bytes but only %d bytes in total; it is probably truncated; "
                            + "download it again",
                    length, fileSize);

        List<TensorInfo> infos;
        var utf8 = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        var json = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(4)
                        .maxNumberLength(20)
                        .maxNameLength(4096)
                        .maxStringLength(MAX_HEADER_BYTES)
                        .build())
                .build();
        try (InputStream bytes = new BoundedInputStream(8, length);
                JsonParser parser = json.createParser(new InputStreamReader(bytes, utf8))) {
            infos = parseHeader(parser, 8 + length, fileSize);
            if (parser.nextToken() != null) throw error("has more than one JSON value in its header");
        } catch (CharacterCodingException e) {
            throw error("has a header that is not UTF-8; it is not a safetensors file, or it is damaged");
        } catch (JsonProcessingException e) {
            throw error(
                    "has a header that is not the JSON of a safetensors file (%s)",
                    e.getOriginalMessage().lines().findFirst().orElse("damaged"));
        }
        checkOverlap(infos);
        for (TensorInfo info : infos) add(info);
    }

    private List<TensorInfo> parseHeader(JsonParser parser, long dataStart, long fileSize) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) throw error("has a header that is not a JSON object");
        List<TensorInfo> infos = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (parser.nextToken() != JsonToken.START_OBJECT)
                throw error("header entry '%s' is not a JSON object", sanitize(name));
            if (name.equals("__metadata__")) parseMetadata(parser);
            else parseTensorInfo(parser, name, dataStart, fileSize).ifPresent(infos::add);
            if (infos.size() + skipped.size() > MAX_TENSORS) throw error("has more than %d tensors", MAX_TENSORS);
        }
        return infos;
    }

    private void parseMetadata(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING)
                throw error("metadata '%s' is not a string", sanitize(key));
            metadata.put(key, parser.getText());
        }
    }

    /** The tensor; empty if its type is unknown. */
    private Optional<TensorInfo> parseTensorInfo(JsonParser parser, String name, long dataStart, long fileSize)
            throws IOException {
        String dtypeName = null;
        long[] shape = null, offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "dtype" -> {
                    if (value != JsonToken.VALUE_STRING)
                        throw error("tensor '%s' has a dtype that is not a string", sanitize(name));
                    dtypeName = parser.getText();
                }
                case "shape" -> shape = parseLongs(parser, name, field);
                case "data_offsets" -> offsets = parseLongs(parser, name, field);
                default ->
                    throw error(
                            "tensor '%s' has an unknown header field '%s', expected dtype, shape, data_offsets",
                            sanitize(name), sanitize(field));
            }
        }
        if (dtypeName == null || shape == null || offsets == null)
            throw error(
                    "tensor '%s' has no %s in the header",
                    sanitize(name), dtypeName == null ? "dtype" : shape == null ? "shape" : "data_offsets");
        DType dtype = parseDType(dtypeName);
        if (offsets.length != 2)
            throw error("tensor '%s' has %d data_offsets, expected 2", sanitize(name), offsets.length);
        long numel = TensorInfo.numelOf(shape), begin = offsets[0], end = offsets[1], dataSize = fileSize - dataStart;
        if (numel < 0)
            throw error("tensor '%s' has the invalid shape %s", sanitize(name), TensorInfo.formatShape(shape));
        if (begin < 0 || end < begin || end > dataSize)
            throw error(
                    "tensor '%s' has the offsets %d to %d, but the file has %d bytes of data; "
                            + "it is probably truncated; download it again",
                    sanitize(name), begin, end, dataSize);
        if (dtype == null) {
            skipped.put(
                    sanitize(name),
                    sanitize(dtypeName) + " of shape " + TensorInfo.formatShape(shape)
                            + ", a type that cannot be read");
            return Optional.empty();
        }
        if (end - begin != numel * dtype.elementSize())
            throw error(
                    "tensor '%s' has %d bytes, but %s of shape %s needs %d",
                    sanitize(name), end - begin, dtype, TensorInfo.formatShape(shape), numel * dtype.elementSize());
        return Optional.of(new TensorInfo(name, dtype, shape, dataStart + begin, null));
    }

    private static DType parseDType(String label) {
        for (DType dtype : DType.values()) if (dtype.label().equals(label)) return dtype;
        return null;
    }

    private long[] parseLongs(JsonParser parser, String name, String field) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY)
            throw error("tensor '%s' has a %s that is not a list", sanitize(name), field);
        long[] numbers = new long[MAX_DIMS];
        int count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
                    || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER)
                throw error("tensor '%s' has a %s that is not a list of integers", sanitize(name), field);
            if (count == MAX_DIMS) throw error("tensor '%s' has more than %d axes", sanitize(name), MAX_DIMS);
            numbers[count++] = parser.getLongValue();
        }
        return Arrays.copyOf(numbers, count);
    }

    private void checkOverlap(List<TensorInfo> infos) {
        List<TensorInfo> byOffset = new ArrayList<>(infos);
        byOffset.removeIf(info -> info.nbytes() == 0);
        byOffset.sort(Comparator.comparingLong(TensorInfo::offset));
        for (int i = 1; i < byOffset.size(); i++) {
            TensorInfo previous = byOffset.get(i - 1), info = byOffset.get(i);
            if (previous.offset() + previous.nbytes() > info.offset())
                throw error(
                        "tensors '%s' and '%s' overlap in the file", sanitize(previous.name()), sanitize(info.name()));
        }
    }

    /** The bytes of the header as a stream. */
    private final class BoundedInputStream extends InputStream {
        private long position, remaining;

        BoundedInputStream(long position, long length) {
            this.position = position;
            this.remaining = length;
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (remaining == 0) return -1;
            int n = (int) Math.min(length, remaining);
            readFully(position, ByteBuffer.wrap(buffer, offset, n));
            position += n;
            remaining -= n;
            return n;
        }
    }
}
