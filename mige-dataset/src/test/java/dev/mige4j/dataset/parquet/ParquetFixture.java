package dev.mige4j.dataset.parquet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.snappy.SnappyCompressorOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Writes small Parquet files as the Hugging Face hub stores them; an image is a byte array, a struct a map. */
public final class ParquetFixture {

    private ParquetFixture() {}

    /**
     * Writes rows; the columns and their types are those of the first row.
     *
     * @param rowsPerGroup rows of a row group
     */
    public static void write(Path file, CompressionCodecName codec, int rowsPerGroup, List<Map<String, Object>> rows) {
        MessageType schema = schema(rows.get(0));
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withConf(new PlainParquetConfiguration())
                .withType(schema)
                .withCodecFactory(new Compressors())
                .withCompressionCodec(codec)
                .withRowGroupRowCountLimit(rowsPerGroup)
                .build()) {
            for (Map<String, Object> row : rows) writer.write(group(schema, row));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MessageType schema(Map<String, Object> row) {
        return MessageTypeParser.parseMessageType("message schema {\n" + fields(row) + '}');
    }

    private static String fields(Map<?, ?> row) {
        StringBuilder text = new StringBuilder();
        row.forEach((name, value) -> text.append("optional ").append(field(name, value)));
        return text.toString();
    }

    private static String field(Object name, Object value) {
        if (value instanceof byte[])
            return "group " + name + " { optional binary bytes; optional binary path (STRING); }\n";
        if (value instanceof Map<?, ?> struct) return "group " + name + " {\n" + fields(struct) + "}\n";
        if (value instanceof Integer) return "int32 " + name + ";\n";
        if (value instanceof Long) return "int64 " + name + ";\n";
        if (value instanceof Boolean) return "boolean " + name + ";\n";
        return "binary " + name + " (STRING);\n";
    }

    private static Group group(MessageType schema, Map<String, Object> row) {
        SimpleGroup group = new SimpleGroup(schema);
        fill(group, row);
        return group;
    }

    private static void fill(Group group, Map<?, ?> row) {
        row.forEach((key, value) -> {
            String name = key.toString();
            if (value instanceof byte[] bytes)
                group.addGroup(name).append("bytes", Binary.fromConstantByteArray(bytes));
            else if (value instanceof Integer number) group.add(name, number);
            else if (value instanceof Long number) group.add(name, number);
            else if (value instanceof Boolean flag) group.add(name, flag);
            else if (value instanceof Map<?, ?> struct) fill(group.addGroup(name), struct);
            else if (value instanceof String text) group.add(name, text);
        });
    }

    private static final class Compressors implements CompressionCodecFactory {

        @Override
        public BytesInputCompressor getCompressor(CompressionCodecName codec) {
            return new BytesInputCompressor() {
                @Override
                public BytesInput compress(BytesInput bytes) throws IOException {
                    byte[] plain = bytes.toByteArray();
                    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
                    try (OutputStream out = open(plain, compressed)) {
                        new ByteArrayInputStream(plain).transferTo(out);
                    }
                    return BytesInput.from(compressed.toByteArray());
                }

                private OutputStream open(byte[] plain, OutputStream compressed) throws IOException {
                    return switch (codec) {
                        case SNAPPY -> new SnappyCompressorOutputStream(compressed, plain.length);
                        case GZIP -> new GZIPOutputStream(compressed);
                        default -> compressed;
                    };
                }

                @Override
                public CompressionCodecName getCodecName() {
                    return codec;
                }

                @Override
                public void release() {}
            };
        }

        @Override
        public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
            return new ParquetCodecs().getDecompressor(codec);
        }

        @Override
        public void release() {}
    }
}
