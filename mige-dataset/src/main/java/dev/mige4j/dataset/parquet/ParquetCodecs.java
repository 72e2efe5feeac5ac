package dev.mige4j.dataset.parquet;

import dev.mige4j.common.UsageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.snappy.SnappyCompressorInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** Decompresses pages of Parquet files without native libraries. */
final class ParquetCodecs implements CompressionCodecFactory {

    /** The window of the published Snappy library; Commons Compress assumes a smaller one. */
    private static final int SNAPPY_BLOCK_BYTES = 1 << 16;

    private interface Codec {
        InputStream open(InputStream compressed) throws IOException;
    }

    /** @throws UsageException when pages of the file are compressed otherwise */
    static void requireSupported(CompressionCodecName codec, Path file) {
        switch (codec) {
            case UNCOMPRESSED, SNAPPY, GZIP -> {}
            default ->
                throw new UsageException(
                        "%s is compressed with %s, expected SNAPPY, GZIP or no compression; write it again with one of"
                                + " them, for example with pyarrow.",
                        file, codec);
        }
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        throw new UnsupportedOperationException("Parquet files are only read.");
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return switch (codec) {
            case UNCOMPRESSED -> new PageDecompressor(compressed -> compressed);
            case SNAPPY ->
                new PageDecompressor(compressed -> new SnappyCompressorInputStream(compressed, SNAPPY_BLOCK_BYTES));
            case GZIP -> new PageDecompressor(GZIPInputStream::new);
            default -> throw new UnsupportedOperationException("compression " + codec);
        };
    }

    @Override
    public void release() {}

    private static final class PageDecompressor implements BytesInputDecompressor {

        private final Codec codec;

        PageDecompressor(Codec codec) {
            this.codec = codec;
        }

        @Override
        public BytesInput decompress(BytesInput compressed, int size) throws IOException {
            return BytesInput.from(decompress(compressed.toInputStream(), size));
        }

        @Override
        public void decompress(ByteBuffer compressed, int compressedSize, ByteBuffer page, int size)
                throws IOException {
            byte[] bytes = new byte[compressedSize];
            compressed.get(bytes);
            page.put(decompress(new ByteArrayInputStream(bytes), size));
        }

        private byte[] decompress(InputStream compressed, int size) throws IOException {
            if (size < 0) throw new IOException("a page has " + size + " bytes");
            byte[] page = new byte[size];
            try (InputStream in = codec.open(compressed)) {
                int length = in.readNBytes(page, 0, size);
                if (length < size) throw new IOException("a page has " + length + " of " + size + " bytes");
            }
            return page;
        }

        @Override
        public void release() {}
    }
}
