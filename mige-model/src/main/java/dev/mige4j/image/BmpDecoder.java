package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Decodes BMP files of Windows and OS/2 (1.x and 2.x): palettes, 16, 24 and 32 bits per pixel with any masks, RLE4 and
 * RLE8, bottom or top row first. The fourth byte of a pixel is alpha if the header has a mask for it and any pixel is
 * not transparent, as browsers and ImageMagick read it.
 *
 * <p>{@code javax.imageio} is not used because it converts grey palettes as if they were linear and knows only some of
 * the headers.
 */
final class BmpDecoder {

    private static final int FILE_HEADER_BYTES = 14, OS2_HEADER_BYTES = 12, WINDOWS_HEADER_BYTES = 40;
    private static final int UNCOMPRESSED = 0, RLE8 = 1, RLE4 = 2, MASKS = 3, MASKS_WITH_ALPHA = 6;

    private final byte[] file;
    private final ByteBuffer bytes;
    private final int width, height, depth, compression, headerBytes, pixelOffset;
    private final boolean topDown;
    private final byte[] rgb;

    static DecodedImage decode(byte[] file, String name) throws CorruptImageException {
        ImageHeader header = ImageHeader.read(file).orElseThrow();
        if (!header.hasSize()) throw new CorruptImageException("its header is cut off or states no size");
        ImageFile.checkSize(header.width(), header.height(), name);
        BmpDecoder decoder = new BmpDecoder(file, header);
        decoder.requireSupported(name);
        return decoder.decode();
    }

    private BmpDecoder(byte[] file, ImageHeader header) throws CorruptImageException {
        this.file = file;
        bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        width = header.width();
        height = header.height();
        headerBytes = bytes.getInt(FILE_HEADER_BYTES);
        if (headerBytes < OS2_HEADER_BYTES || headerBytes > file.length - FILE_HEADER_BYTES)
            throw new CorruptImageException("its header is cut off");
        boolean os2 = headerBytes == OS2_HEADER_BYTES;
        topDown = !os2 && bytes.getInt(22) < 0;
        depth = bytes.getChar(os2 ? 24 : 28);
        compression = headerBytes >= 20 ? bytes.getInt(30) : UNCOMPRESSED;
        int offset = bytes.getInt(10);
        pixelOffset = offset > 0 ? offset : paletteOffset() + paletteEntryBytes() * paletteSize();
        rgb = new byte[3 * width * height];
    }

    private void requireSupported(String name) throws CorruptImageException {
        boolean supported =
                switch (compression) {
                    case UNCOMPRESSED ->
                        depth == 1
                                || depth == 2
                                || depth == 4
                                || depth == 8
                                || depth == 16
                                || depth == 24
                                || depth == 32;
                    case RLE8 -> depth == 8;
                    case RLE4 -> depth == 4;
                    case MASKS, MASKS_WITH_ALPHA -> depth == 16 || depth == 32;
                    default -> false;
                };
        if (!supported)
            throw new UsageException(
                    "%s: a BMP image of %d bits per pixel with compression %d, which is not supported; "
                            + "convert it to PNG.",
                    name, depth, compression);
    }

    private DecodedImage decode() throws CorruptImageException {
        byte[] alpha = null;
        if (depth <= 8) fromPalette(compression == UNCOMPRESSED ? unpackIndices() : new RunLengths().decode());
        else if (depth == 24) copyRows();
        else alpha = fromMasks();
        return new DecodedImage(width, height, rgb, alpha);
    }

    /** The offset in the file of a row, counted from the top. */
    private int rowOffset(int y) throws CorruptImageException {
        long stride = ((long) width * depth + 31) / 32 * 4;
        long offset = pixelOffset + stride * (topDown ? y : height - 1 - y);
        // the padding of the last row may be missing
        if (pixelOffset < 0 || offset + ((long) width * depth + 7) / 8 > file.length)
            throw new CorruptImageException("it ends within its pixel data");
        return (int) offset;
    }

    private void copyRows() throws CorruptImageException {
        for (int y = 0, to = 0; y < height; y++)
            for (int x = 0, from = rowOffset(y); x < width; x++, from += 3, to += 3) {
                rgb[to] = file[from + 2];
                rgb[to + 1] = file[from + 1];
                rgb[to + 2] = file[from];
            }
    }

    // ---- palettes

    private int paletteOffset() {
        return FILE_HEADER_BYTES + headerBytes;
    }

    private int paletteEntryBytes() {
        return headerBytes == OS2_HEADER_BYTES ? 3 : 4;
    }

    private int paletteSize() {
        int used = headerBytes >= WINDOWS_HEADER_BYTES ? bytes.getInt(46) : 0;
        int most = depth > 8 ? 0 : 1 << depth;
        return used > 0 && used < most ? used : most;
    }

    /** Looks indices up in the palette; those beyond it are black. */
    private void fromPalette(byte[] indices) {
        int size = Math.min(paletteSize(), (file.length - paletteOffset()) / paletteEntryBytes());
        for (int i = 0, to = 0; i < indices.length; i++, to += 3) {
            int index = indices[i] & 255, from = paletteOffset() + paletteEntryBytes() * index;
            if (index < size) for (int c = 0; c < 3; c++) rgb[to + c] = file[from + 2 - c];
        }
    }

    private byte[] unpackIndices() throws CorruptImageException {
        byte[] indices = new byte[width * height];
        for (int y = 0, to = 0; y < height; y++) {
            int row = rowOffset(y);
            for (int x = 0, bit = 0; x < width; x++, bit += depth)
                indices[to++] = (byte) ((file[row + bit / 8] & 255) >> (8 - depth - bit % 8) & ((1 << depth) - 1));
        }
        return indices;
    }

    /** Decodes run lengths. Pixels that are skipped have index 0. */
    private final class RunLengths {
        private final byte[] indices = new byte[width * height];
        private int position = pixelOffset, x, row;

        byte[] decode() throws CorruptImageException {
            while (row < height) {
                int count = next(), value = next();
                if (count > 0) {
                    int end = Math.min(count, width - x); // a run may be longer than the rest of its row
                    for (int i = 0; i < end; i++) put(depth == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15);
                } else if (value == 0) { // end of line
                    x = 0;
                    row++;
                } else if (value == 1) { // end of image
                    break;
                } else if (value == 2) { // skip
                    x = Math.min(width, x + next());
                    row += next();
                } else {
                    literal(value);
                }
            }
            return indices;
        }

        /** Indices as they are, padded to an even number of bytes. */
        private void literal(int count) throws CorruptImageException {
            int start = position;
            for (int i = 0, pair = 0; i < count; i++) {
                if (depth == 8 || i % 2 == 0) pair = next();
                put(depth == 8 ? pair : i % 2 == 0 ? pair >> 4 : pair & 15);
            }
            position += (position - start) & 1;
        }

        private void put(int index) {
            if (x >= width || row >= height) return;
            indices[(topDown ? row : height - 1 - row) * width + x++] = (byte) index;
        }

        private int next() throws CorruptImageException {
            if (position < 0 || position >= file.length)
                throw new CorruptImageException("it ends within its pixel data");
            return file[position++] & 255;
        }
    }

    // ---- masks

    /** Colours of 16 or 32 bits; returns alpha, or null if the image is opaque. */
    private byte[] fromMasks() throws CorruptImageException {
        Mask[] colours = new Mask[3];
        boolean masked = compression != UNCOMPRESSED;
        int[] defaults = depth == 16 ? new int[] {0x7c00, 0x3e0, 0x1f} : new int[] {0xff0000, 0xff00, 0xff};
        for (int c = 0; c < 3; c++) colours[c] = new Mask(masked ? maskAt(54 + 4 * c) : defaults[c]);
        boolean hasAlphaMask = masked && (headerBytes >= 56 || compression == MASKS_WITH_ALPHA);
        Mask opacity = new Mask(hasAlphaMask ? maskAt(66) : 0);
        byte[] alpha = opacity.bits == 0 ? null : new byte[width * height];
        boolean visible = false;
        for (int y = 0, pixel = 0; y < height; y++) {
            int row = rowOffset(y);
            for (int x = 0; x < width; x++, pixel++) {
                int value = depth == 16 ? bytes.getChar(row + 2 * x) : bytes.getInt(row + 4 * x);
                for (int c = 0; c < 3; c++) rgb[3 * pixel + c] = colours[c].value(value);
                if (alpha == null) continue;
                alpha[pixel] = opacity.value(value);
                visible |= alpha[pixel] != 0;
            }
        }
        return visible ? alpha : null;
    }

    private int maskAt(int offset) throws CorruptImageException {
        if (offset > file.length - 4) throw new CorruptImageException("its header is cut off");
        return bytes.getInt(offset);
    }

    /** The bits of a pixel that hold one channel. */
    private record Mask(int bits, int shift, long max) {
        Mask(int bits) {
            this(
                    bits,
                    Integer.numberOfTrailingZeros(bits),
                    (bits & 0xffffffffL) >> Integer.numberOfTrailingZeros(bits));
        }

        byte value(int pixel) {
            return bits == 0 ? 0 : (byte) (((pixel & bits & 0xffffffffL) >> shift) * 255 / max);
        }
    }
}
