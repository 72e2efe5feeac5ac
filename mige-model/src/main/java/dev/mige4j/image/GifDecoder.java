package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.util.Arrays;

/**
 * Decodes the first frame of a GIF file, placed on its canvas. Pixels outside the frame are transparent, or have colour
 * 0 if the frame has no transparent colour.
 *
 * <p>{@code javax.imageio} is not used because it decodes corrupt pixel data to garbage without an error; this decoder
 * accepts and rejects the same files as Pillow.
 */
final class GifDecoder {

    private GifDecoder() {}

    static DecodedImage decode(byte[] file, String name) throws CorruptImageException {
        GifFrame frame = GifFrame.read(file);
        int width = frame.canvasWidth(), height = frame.canvasHeight();
        ImageFile.checkSize(width, height, name);
        if (frame.paletteOffset() < 0) throw new CorruptImageException("it has no palette");
        byte[] frameIndices = new LzwDecoder(file, frame.dataOffset()).decode(frame.width() * frame.height());
        byte[] indices = new byte[width * height];
        Arrays.fill(indices, (byte) Math.max(0, frame.transparentIndex()));
        for (int row = 0; row < frame.height(); row++) {
            int y = frame.top() + (frame.interlaced() ? interlacedRow(row, frame.height()) : row);
            System.arraycopy(frameIndices, row * frame.width(), indices, y * width + frame.left(), frame.width());
        }
        byte[] rgb = new byte[3 * indices.length];
        byte[] alpha = frame.transparentIndex() < 0 ? null : new byte[indices.length];
        for (int i = 0; i < indices.length; i++) {
            int index = indices[i] & 255;
            if (index < frame.paletteSize()) System.arraycopy(file, frame.paletteOffset() + 3 * index, rgb, 3 * i, 3);
            if (alpha != null) alpha[i] = (byte) (index == frame.transparentIndex() ? 0 : 255);
        }
        return new DecodedImage(width, height, rgb, alpha);
    }

    /**
     * The position of the n-th stored row of an interlaced frame: rows 0, 8, ..., then 4, 12, ..., 2, 6, ..., 1, 3, ...
     */
    private static int interlacedRow(int n, int height) {
        for (int[] pass : new int[][] {{0, 8}, {4, 8}, {2, 4}, {1, 2}}) {
            int rows = Math.max(0, (height - pass[0] + pass[1] - 1) / pass[1]);
            if (n < rows) return pass[0] + n * pass[1];
            n -= rows;
        }
        throw new IllegalArgumentException("row " + n + " is outside the frame");
    }

    /** Decompresses the pixel data of a frame: LZW codes of variable width in sub-blocks. */
    private static final class LzwDecoder {
        private static final int MAX_CODES = 4096;

        private final byte[] file;
        private final int clearCode, endCode;
        private int position, blockRemaining, bits, bitCount;

        private final int[] prefix = new int[MAX_CODES];
        private final byte[] suffix = new byte[MAX_CODES], first = new byte[MAX_CODES];

        LzwDecoder(byte[] file, int offset) throws CorruptImageException {
            this.file = file;
            int minCodeSize = file[offset];
            if (minCodeSize < 1 || minCodeSize > 8)
                throw new CorruptImageException("its LZW code size is %d, expected 1 to 8", minCodeSize);
            position = offset + 1;
            clearCode = 1 << minCodeSize;
            endCode = clearCode + 1;
            for (int i = 0; i < clearCode; i++) suffix[i] = first[i] = (byte) i;
        }

        /** Decodes {@code count} palette indices. */
        byte[] decode(int count) throws CorruptImageException {
            int initialCodeSize = Integer.numberOfTrailingZeros(clearCode) + 1;
            int tableSize = endCode + 1, codeSize = initialCodeSize, previous = -1;
            byte[] out = new byte[count], reversed = new byte[MAX_CODES + 1];
            for (int written = 0; written < count; ) {
                int code = readCode(codeSize);
                if (code == clearCode) {
                    tableSize = endCode + 1;
                    codeSize = initialCodeSize;
                    previous = -1;
                    continue;
                }
                if (code == endCode) throw endsWithinPixels();
                if (code > tableSize || (previous < 0 && code >= clearCode))
                    throw new CorruptImageException("its compressed pixel data are corrupt");
                int length = 0, entry = code;
                if (code == tableSize) { // not in the table yet: the previous sequence and its own first index
                    reversed[length++] = first[previous];
                    entry = previous;
                }
                for (; entry > endCode; entry = prefix[entry]) reversed[length++] = suffix[entry];
                reversed[length++] = suffix[entry];
                if (previous >= 0 && tableSize < MAX_CODES) {
                    prefix[tableSize] = previous;
                    suffix[tableSize] = reversed[length - 1];
                    first[tableSize] = first[previous];
                    if (++tableSize == 1 << codeSize && codeSize < 12) codeSize++;
                }
                while (length > 0 && written < count) out[written++] = reversed[--length];
                previous = code;
            }
            return out;
        }

        private int readCode(int codeSize) throws CorruptImageException {
            while (bitCount < codeSize) {
                if (blockRemaining == 0 && (blockRemaining = readByte()) == 0) throw endsWithinPixels();
                bits |= readByte() << bitCount;
                bitCount += 8;
                blockRemaining--;
            }
            int code = bits & ((1 << codeSize) - 1);
            bits >>>= codeSize;
            bitCount -= codeSize;
            return code;
        }

        private int readByte() throws CorruptImageException {
            if (position >= file.length) throw endsWithinPixels();
            return file[position++] & 255;
        }

        private static CorruptImageException endsWithinPixels() {
            return new CorruptImageException("it ends within its pixel data");
        }
    }
}
