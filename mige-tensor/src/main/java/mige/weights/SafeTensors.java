package mige.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
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
import java.util.Set;
import java.util.TreeMap;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;

/**
 * Reads a safetensors file: eight bytes of header length (little-endian), a JSON header, then the numbers.
 *
 * <pre>
 *   { "name": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [begin, end]}, ..., "__metadata__": {"key": "text"} }
 * </pre>
 *
 * <p>Offsets count from the end of the header. Everything the header claims is checked against the file before a number is read:
 * lengths, types, sizes, names given twice, tensors that overlap. Bytes that belong to no tensor are accepted.
 * Source: the format description of huggingface/safetensors.
 */
public final class SafeTensors extends TensorFile {

    private static final int LONGEST_HEADER = 100_000_000, MOST_TENSORS = 200_000, MOST_AXES = 16;

    private final Map<String, String> metadata = new LinkedHashMap<>();

    private SafeTensors(Path path, FileChannel channel) {
        super(path, channel);
    }

    /** Reads the header of {@code path}. Throws {@link WeightsException} when the file is missing, cut off, or lies about itself. */
    public static SafeTensors open(Path path) {
        return opened(path, channel -> {
            SafeTensors file = new SafeTensors(path, channel);
            file.readHeader();
            return file;
        });
    }

    @Override public String format() {
        return "safetensors";
    }

    /** The texts of the header's {@code __metadata__}; empty when it has none. */
    @Override public Map<String, String> metadata() {
        return metadata;
    }

    /** The numbers of a tensor to be written: puts exactly its bytes, little-endian, row by row. */
    @FunctionalInterface
    public interface Numbers {
        void writeTo(WritableByteChannel out) throws IOException;
    }

    /** One tensor to be written. */
    public record Item(String name, DType type, long[] shape, Numbers numbers) {
        private static final int PIECE = 1 << 22;

        /** The numbers of a tensor in its own type; it is read when the file is written, in pieces, and not changed. */
        public static Item of(String name, Tensor tensor) {
            return new Item(name, tensor.type(), tensor.shape(), out -> {
                long count = tensor.count();
                Tensor flat = Scope.outside(() -> tensor.reshape(count));
                for (long from = 0; from < count; from += PIECE) {
                    long start = from;
                    ByteBuffer bytes = ByteBuffer.wrap(Scope.scoped(() -> flat.narrow(0, start, Math.min(PIECE, count - start)).rawBytes()));
                    while (bytes.hasRemaining()) out.write(bytes);
                }
                flat.close();
            });
        }

        long bytes() {
            return Entry.countOf(shape) * type.bytes();
        }
    }

    /**
     * Writes {@code target}: wide types first, then by name, so that every tensor is aligned and the same tensors always give the
     * same bytes. Numbers are asked for one tensor at a time and never held together. The file appears whole or not at all.
     * Throws {@link mige.tensor.UsageException} when the disk has no room.
     */
    public static void write(Path target, Map<String, String> metadata, Collection<Item> items) {
        List<Item> sorted = new ArrayList<>(items);
        sorted.sort(Comparator.comparingInt((Item item) -> -item.type().bytes()).thenComparing(Item::name));
        byte[] header = header(metadata, sorted);
        long all = header.length + sorted.stream().mapToLong(Item::bytes).sum();
        Replacing.write(target, all, out -> {
            ByteBuffer first = ByteBuffer.wrap(header);
            while (first.hasRemaining()) out.write(first);
            for (Item item : sorted) {
                long expected = out.position() + item.bytes();
                item.numbers().writeTo(out);
                if (out.position() != expected)
                    throw new IllegalStateException("tensor '" + item.name() + "' wrote " + (out.position() - expected + item.bytes()) + " bytes, expected " + item.bytes());
            }
        });
    }

    /** Writes tensors in their own types; see {@link #write(Path, Map, Collection)}. */
    public static void write(Path target, Map<String, String> metadata, Map<String, Tensor> tensors) {
        write(target, metadata, tensors.entrySet().stream().map(entry -> Item.of(entry.getKey(), entry.getValue())).toList());
    }

    private static byte[] header(Map<String, String> metadata, List<Item> items) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.writeBytes(new byte[8]);
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart("__metadata__");
                for (var entry : new TreeMap<>(metadata).entrySet()) json.writeStringField(entry.getKey(), entry.getValue());
                json.writeEndObject();
            }
            long place = 0;
            Set<String> names = new HashSet<>();
            for (Item item : items) {
                if (!names.add(item.name())) throw new IllegalArgumentException("tensor '" + item.name() + "' is to be written twice");
                json.writeObjectFieldStart(item.name());
                json.writeStringField("dtype", item.type().label());
                json.writeFieldName("shape");
                json.writeArray(item.shape(), 0, item.shape().length);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {place, place += item.bytes()}, 0, 2);
                json.writeEndObject();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        while (text.size() % 8 != 0) text.write(' ');
        byte[] header = text.toByteArray();
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length - 8);
        return header;
    }

    private void readHeader() throws IOException {
        long fileSize = size();
        if (fileSize < 8) throw bad("has %d bytes, a safetensors file has at least 8; it was probably cut off, fetch it again", fileSize);
        ByteBuffer eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        readFully(0, eight);
        long length = eight.flip().getLong();
        if (length < 2 || length > LONGEST_HEADER)
            throw bad("claims a header of %s bytes, expected 2 to %d; this is no safetensors file", Long.toUnsignedString(length), LONGEST_HEADER);
        if (8 + length > fileSize)
            throw bad("claims a header of %d bytes but has only %d bytes in all; it was probably cut off, fetch it again", length, fileSize);

        List<Entry> found;
        var utf8 = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
        var json = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(4).maxNumberLength(20).maxNameLength(4096)
                        .maxStringLength(LONGEST_HEADER).build())
                .build();
        try (InputStream bytes = new Bounded(8, length); JsonParser parser = json.createParser(new InputStreamReader(bytes, utf8))) {
            found = parseHeader(parser, 8 + length, fileSize);
            if (parser.nextToken() != null) throw bad("has more than one JSON value in its header");
        } catch (CharacterCodingException e) {
            throw bad("has a header that is not UTF-8 text; this is no safetensors file, or a damaged one");
        } catch (JsonProcessingException e) {
            throw bad("has a header that is not the JSON of a safetensors file (%s)", e.getOriginalMessage().lines().findFirst().orElse("damaged"));
        }
        checkOverlap(found);
        for (Entry entry : found) add(entry);
    }

    private List<Entry> parseHeader(JsonParser parser, long dataStart, long fileSize) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) throw bad("has a header that is no JSON object");
        List<Entry> found = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (parser.nextToken() != JsonToken.START_OBJECT) throw bad("header entry '%s' is no JSON object", shown(name));
            if (name.equals("__metadata__")) parseMetadata(parser);
            else found.add(parseTensor(parser, name, dataStart, fileSize));
            if (found.size() > MOST_TENSORS) throw bad("claims more than %d tensors", MOST_TENSORS);
        }
        return found;
    }

    private void parseMetadata(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) throw bad("metadata '%s' is no text", shown(key));
            metadata.put(key, parser.getText());
        }
    }

    private Entry parseTensor(JsonParser parser, String name, long dataStart, long fileSize) throws IOException {
        String code = null;
        long[] shape = null, offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "dtype" -> {
                    if (value != JsonToken.VALUE_STRING) throw bad("tensor '%s' has a dtype that is no text", shown(name));
                    code = parser.getText();
                }
                case "shape" -> shape = parseNumbers(parser, name, field);
                case "data_offsets" -> offsets = parseNumbers(parser, name, field);
                default -> throw bad("tensor '%s' has an unknown header field '%s', expected dtype, shape, data_offsets", shown(name), shown(field));
            }
        }
        if (code == null || shape == null || offsets == null)
            throw bad("tensor '%s' has no %s in the header", shown(name), code == null ? "dtype" : shape == null ? "shape" : "data_offsets");
        DType type = typeOf(code);
        if (type == null) throw bad("tensor '%s' has the unknown dtype '%s', expected one of F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL", shown(name), shown(code));
        if (offsets.length != 2) throw bad("tensor '%s' has %d data_offsets, expected 2", shown(name), offsets.length);
        long count = Entry.countOf(shape), begin = offsets[0], end = offsets[1], room = fileSize - dataStart;
        if (count < 0) throw bad("tensor '%s' has the impossible shape %s", shown(name), Entry.shapeText(shape));
        if (begin < 0 || end < begin || end > room)
            throw bad("tensor '%s' claims the bytes %d to %d, but the file has %d bytes of data; it was probably cut off, fetch it again",
                    shown(name), begin, end, room);
        if (end - begin != count * type.bytes())
            throw bad("tensor '%s' claims %d bytes, but %s numbers of shape %s take %d", shown(name), end - begin, type, Entry.shapeText(shape), count * type.bytes());
        return new Entry(name, type, shape, dataStart + begin, null);
    }

    private static DType typeOf(String label) {
        for (DType type : DType.values()) if (type.label().equals(label)) return type;
        return null;
    }

    private long[] parseNumbers(JsonParser parser, String name, String field) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) throw bad("tensor '%s' has a %s that is no list", shown(name), field);
        long[] numbers = new long[MOST_AXES];
        int n = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER)
                throw bad("tensor '%s' has a %s that is no list of whole numbers", shown(name), field);
            if (n == MOST_AXES) throw bad("tensor '%s' has more than %d axes", shown(name), MOST_AXES);
            numbers[n++] = parser.getLongValue();
        }
        return Arrays.copyOf(numbers, n);
    }

    private void checkOverlap(List<Entry> found) {
        List<Entry> byPlace = new ArrayList<>(found);
        byPlace.removeIf(entry -> entry.bytes() == 0);
        byPlace.sort(Comparator.comparingLong(Entry::offset));
        for (int i = 1; i < byPlace.size(); i++) {
            Entry before = byPlace.get(i - 1), entry = byPlace.get(i);
            if (before.offset() + before.bytes() > entry.offset())
                throw bad("tensors '%s' and '%s' overlap in the file", shown(before.name()), shown(entry.name()));
        }
    }

    /** The header's bytes as a stream that ends where the header ends. */
    private final class Bounded extends InputStream {
        private long position, left;

        Bounded(long position, long length) {
            this.position = position;
            this.left = length;
        }

        @Override public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override public int read(byte[] into, int from, int length) throws IOException {
            if (left == 0) return -1;
            int n = (int) Math.min(length, left);
            readFully(position, ByteBuffer.wrap(into, from, n));
            position += n;
            left -= n;
            return n;
        }
    }
}
