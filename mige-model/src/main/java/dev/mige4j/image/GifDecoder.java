package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.util.Arrays;

/**
 * The first frame of a GIF file on its canvas. What the frame does not cover has the transparent colour, or colour 0.
 */
final class GifDecoder {

    private final byte[] file;
    private final String name;
    private int position;

    private GifDecoder(byte[] file, String name) {
        this.file = file;
        this.name = name;
    }

    static boolean isGif(byte[] file) {
        return file.length >= 6
                && file[0] == 'G'
                && file[1] == 'I'
                && file[2] == 'F'
                && file[3] == '8'
                && file[5] == 'a';
    }

    static DecodedImage read(byte[] file, String name) throws CorruptImageException {
        return new GifDecoder(file, name).read();
    }

    private DecodedImage read() throws CorruptImageException {
        position = 6;
        int width = readShort(), height = readShort(), flags = readByte();
        position += 2;
        ImageFile.checkSize(width, height, name);
        byte[] palette = readPalette(flags);
        int transparent = -1;
        for (; ; ) {
            int block = readByte();
            if (block == 0x21) { // an extension; 0xF9 tells the transparent colour
                if (readByte() == 0xF9) {
                    requireBytes(5);
                    transparent = (file[position + 1] & 1) != 0 ? file[position + 4] & 255 : -1;
                }
                for (int size; (size = readByte()) != 0; position += size) requireBytes(size);
            } else if (block == 0x2C) {
                return readFrame(width, height, palette, transparent);
            } else {
                throw new CorruptImageException("it has no frame");
            }
        }
    }

    private DecodedImage readFrame(int screenWidth, int screenHeight, byte[] globalPalette, int transparent)
            throws CorruptImageException {
        int left = readShort(), top = readShort(), width = readShort(), height = readShort(), flags = readByte();
        int right = Math.max(screenWidth, left + width), bottom = Math.max(screenHeight, top + height);
        ImageFile.checkSize(right, bottom, name);
        byte[] palette = (flags & 0x80) != 0 ? readPalette(flags) : globalPalette;
        if (palette == null) throw new CorruptImageException("it has no palette");
        byte[] screen = new byte[right * bottom];
        Arrays.fill(screen, (byte) Math.max(0, transparent));
        byte[] indices = decodeLzw(width * height);
        boolean interlaced = (flags & 0x40) != 0;
        for (int row = 0; row < height; row++)
            System.arraycopy(
                    indices,
                    row * width,
                    screen,
                    (top + (interlaced ? interlacedRow(row, height) : row)) * right + left,
                    width);

        byte[] rgb = new byte[3 * screen.length], alpha = transparent < 0 ? null : new byte[screen.length];
        for (int i = 0; i < screen.length; i++) {
            int index = screen[i] & 255;
            if (3 * index + 2 < palette.length) System.arraycopy(palette, 3 * index, rgb, 3 * i, 3);
            if (alpha != null) alpha[i] = (byte) (index == transparent ? 0 : 255);
        }
        return new DecodedImage(right, bottom, rgb, alpha, 1);
    }

    /**
     * The line that comes as number {@code row} of an interlaced frame: every 8th, every 8th from 4, every 4th from 2,
     * the odd.
     */
    private static int interlacedRow(int row, int height) {
        for (int[] pass : new int[][] {{0, 8}, {4, 8}, {2, 4}, {1, 2}}) {
            int lines = Math.max(0, (height - pass[0] + pass[1] - 1) / pass[1]);
            if (row < lines) return pass[0] + row * pass[1];
            row -= lines;
        }
        throw new IllegalArgumentException("row " + row + " lies below the frame");
    }

    /** Unpacks the variable-width codes of LZW. */
    private byte[] decodeLzw(int count) throws CorruptImageException {
        int minCodeSize = readByte();
        if (minCodeSize < 1 || minCodeSize > 8) throw new CorruptImageException("codes of %d bits", minCodeSize);
        int clearCode = 1 << minCodeSize,
                endCode = clearCode + 1,
                tableSize = endCode + 1,
                codeSize = minCodeSize + 1,
                previous = -1;
        int[] prefix = new int[4096];
        byte[] suffix = new byte[4096], first = new byte[4096], out = new byte[count], stack = new byte[4097];
        for (int i = 0; i < clearCode; i++) suffix[i] = first[i] = (byte) i;
        int bits = 0, bitCount = 0, block = 0;
        for (int written = 0; written < count; ) {
            while (bitCount < codeSize) {
                if (block == 0 && (block = readByte()) == 0)
                    throw new CorruptImageException("it breaks off amid its pixels");
                bits |= readByte() << bitCount;
                bitCount += 8;
                block--;
            }
            int code = bits & (1 << codeSize) - 1;
            bits >>>= codeSize;
            bitCount -= codeSize;
            if (code == clearCode) {
                tableSize = endCode + 1;
                codeSize = minCodeSize + 1;
                previous = -1;
                continue;
            }
            if (code == endCode) throw new CorruptImageException("it breaks off amid its pixels");
            if (code > tableSize || code == tableSize && previous < 0 || previous < 0 && code >= clearCode)
                throw new CorruptImageException("its compressed pixels are broken");
            int depth = 0;
            int entry = code;
            if (code == tableSize) { // the code being made just now: the previous one and its own first
                stack[depth++] = first[previous];
                entry = previous;
            }
            for (; entry > endCode; entry = prefix[entry]) stack[depth++] = suffix[entry];
            stack[depth++] = suffix[entry];
            byte firstByte = stack[depth - 1];
            if (previous >= 0 && tableSize < 4096) {
                prefix[tableSize] = previous;
                suffix[tableSize] = firstByte;
                first[tableSize] = first[previous];
                if (++tableSize == 1 << codeSize && codeSize < 12) codeSize++;
            }
            while (depth > 0 && written < count) out[written++] = stack[--depth];
            previous = code;
        }
        return out;
    }

    private byte[] readPalette(int flags) throws CorruptImageException {
        if ((flags & 0x80) == 0) return null;
        int length = 3 << (flags & 7) + 1;
        requireBytes(length);
        position += length;
        return Arrays.copyOfRange(file, position - length, position);
    }

    private void requireBytes(int bytes) throws CorruptImageException {
        if (bytes > file.length - position)
            throw new CorruptImageException("it breaks off after %d bytes", file.length);
    }

    private int readByte() throws CorruptImageException {
        requireBytes(1);
        return file[position++] & 255;
    }

    private int readShort() throws CorruptImageException {
        return readByte() | readByte() << 8;
    }
}
