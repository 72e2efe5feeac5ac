package dev.mige4j.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.zip.Adler32;
import java.util.zip.Deflater;

/**
 * Encodes images as 8-bit PNG, RGB or, with alpha, RGBA. Large images are compressed in blocks of rows on all cores;
 * the same image and texts give the same bytes on any number of them.
 */
final class PngEncoder {

    private static final int BLOCK_BYTES = 1 << 20;

    /** The header of a zlib stream: deflate with a window of 32 KiB, default compression. */
    private static final byte[] ZLIB_HEADER = {0x78, (byte) 0x9c};

    private final Image image;
    private final int stride, rowsPerBlock, blockCount;
    private final PngFilter filter;

    private PngEncoder(Image image) {
        this.image = image;
        int channels = image.hasAlpha() ? 4 : 3;
        stride = channels * image.width();
        filter = new PngFilter(channels);
        rowsPerBlock = Math.max(1, BLOCK_BYTES / (1 + stride));
        blockCount = (image.height() + rowsPerBlock - 1) / rowsPerBlock;
    }

    /** Encodes an image with texts, sorted by keyword. */
    static void encode(Image image, Map<String, String> texts, OutputStream stream) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PngChunk.writeSignature(out);
        PngChunk.write(
                out,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(image.width())
                        .putInt(image.height())
                        .put(new byte[] {8, (byte) (image.hasAlpha() ? 6 : 2), 0, 0, 0}) // 8-bit RGB(A), not interlaced
                        .array());
        new TreeMap<>(texts).forEach((key, text) -> PngText.write(out, key, text.replace('\0', ' ')));
        out.writeTo(stream);
        new PngEncoder(image).writePixels(stream);
        out.reset();
        PngChunk.write(out, "IEND", new byte[0]);
        out.writeTo(stream);
    }

    /** Some rows, filtered and compressed. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Block(byte[] filtered, byte[] deflated) {}

    /** Writes one IDAT chunk for each block; together they hold one zlib stream. */
    private void writePixels(OutputStream stream) throws IOException {
        Adler32 checksum = new Adler32();
        int batchSize = 4 * Runtime.getRuntime().availableProcessors();
        for (int first = 0; first < blockCount; first += batchSize) {
            List<Block> blocks = IntStream.range(first, Math.min(blockCount, first + batchSize))
                    .parallel()
                    .mapToObj(this::compress)
                    .toList();
            for (int i = 0; i < blocks.size(); i++) {
                checksum.update(blocks.get(i).filtered);
                ByteArrayOutputStream data = new ByteArrayOutputStream(), chunk = new ByteArrayOutputStream();
                if (first + i == 0) data.writeBytes(ZLIB_HEADER);
                data.writeBytes(blocks.get(i).deflated);
                if (first + i == blockCount - 1)
                    data.writeBytes(ByteBuffer.allocate(4)
                            .putInt((int) checksum.getValue())
                            .array());
                PngChunk.write(chunk, "IDAT", data.toByteArray());
                chunk.writeTo(stream);
            }
        }
    }

    private Block compress(int index) {
        byte[] filtered = filter(index * rowsPerBlock, Math.min(image.height(), (index + 1) * rowsPerBlock));
        boolean last = index == blockCount - 1;
        Deflater deflater = new Deflater(6, true);
        try {
            deflater.setInput(filtered);
            if (last) deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream(filtered.length / 2);
            byte[] buffer = new byte[1 << 16];
            int length;
            do { // up to the end of the stream, or to a byte boundary, where the next block continues
                length = deflater.deflate(buffer, 0, buffer.length, last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
                out.write(buffer, 0, length);
            } while (last ? !deflater.finished() : length == buffer.length);
            return new Block(filtered, out.toByteArray());
        } finally {
            deflater.end();
        }
    }

    private byte[] filter(int begin, int end) {
        byte[] filtered = new byte[(end - begin) * (1 + stride)], row = new byte[stride], above = new byte[stride];
        if (begin > 0) copyRow(begin - 1, above);
        for (int y = begin; y < end; y++) {
            copyRow(y, row);
            filter.apply(row, above, filtered, (y - begin) * (1 + stride));
            byte[] swap = above;
            above = row;
            row = swap;
        }
        return filtered;
    }

    /** Copies the samples of one row, with alpha after the colours of each pixel unless the image is opaque. */
    private void copyRow(int y, byte[] row) {
        int width = image.width();
        byte[] rgb = image.rawPixels(), alpha = image.rawAlpha();
        if (alpha == null) {
            System.arraycopy(rgb, 3 * y * width, row, 0, row.length);
            return;
        }
        for (int pixel = y * width, to = 0; to < row.length; pixel++, to += 4) {
            System.arraycopy(rgb, 3 * pixel, row, to, 3);
            row[to + 3] = alpha[pixel];
        }
    }
}
