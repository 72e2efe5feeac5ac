package dev.mige4j.eval.benchmark;

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

/** Writes small Parquet files as the Hugging Face hub stores them; an image is a byte array. */
final class ParquetFixture {

    private ParquetFixture() {}

    /**
     * Writes rows; the columns and their types are those of the first row.
     *
     * @param rowsPerGroup rows of a row group
     */
    static void write(Path file, CompressionCodecName codec, int rowsPerGroup, List<Map<String, Object>> rows) {
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
        StringBuilder text = new StringBuilder("message schema {\n");
        row.forEach((name, value) -> text.append(
                value instanceof byte[]
                        ? "optional group " + name + " { optional binary bytes; optional binary path (STRING); }\n"
                        : value instanceof Integer
                                ? "optional int32 " + name + ";\n"
                                : value instanceof Long
                                        ? "optional int64 " + name + ";\n"
                                        : "optional binary " + name + " (STRING);\n"));
        return MessageTypeParser.parseMessageType(text.append('}').toString());
    }

    private static Group group(MessageType schema, Map<String, Object> row) {
        SimpleGroup group = new SimpleGroup(schema);
        row.forEach((name, value) -> {
            if (value instanceof byte[] bytes)
                group.addGroup(name).append("bytes", Binary.fromConstantByteArray(bytes));
            else if (value instanceof Integer number) group.add(name, number);
            else if (value instanceof Long number) group.add(name, number);
            else if (value instanceof String text) group.add(name, text);
        });
        return group;
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
