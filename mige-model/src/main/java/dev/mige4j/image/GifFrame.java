package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The first frame of a GIF file: its rectangle, palette and transparent colour.
 *
 * @param screenWidth width of the logical screen
 * @param transparentIndex palette index of transparent pixels, -1 if there is none
 * @param paletteOffset offset of the palette in the file, -1 if there is none
 * @param paletteSize number of its colours
 * @param dataOffset offset of the LZW-compressed pixel data
 */
record GifFrame(
        int screenWidth,
        int screenHeight,
        int left,
        int top,
        int width,
        int height,
        boolean interlaced,
        int transparentIndex,
        int paletteOffset,
        int paletteSize,
        int dataOffset) {

    private static final int EXTENSION = 0x21, GRAPHIC_CONTROL = 0xF9, IMAGE_DESCRIPTOR = 0x2C;

    /** Width of the smallest canvas that holds the screen and the frame. */
    int canvasWidth() {
        return Math.max(screenWidth, left + width);
    }

    /** Height of the smallest canvas that holds the screen and the frame. */
    int canvasHeight() {
        return Math.max(screenHeight, top + height);
    }

    static GifFrame read(byte[] file) throws CorruptImageException {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        requireLength(file, 13);
        int screenFlags = bytes.get(10), paletteOffset = -1, paletteSize = 0, transparentIndex = -1, offset = 13;
        if ((screenFlags & 0x80) != 0) {
            paletteOffset = offset;
            paletteSize = 2 << (screenFlags & 7);
            offset += 3 * paletteSize;
        }
        for (requireLength(file, offset + 2); bytes.get(offset) == EXTENSION; requireLength(file, offset + 2)) {
            if ((bytes.get(offset + 1) & 255) == GRAPHIC_CONTROL) {
                requireLength(file, offset + 8);
                transparentIndex = (bytes.get(offset + 3) & 1) != 0 ? bytes.get(offset + 6) & 255 : -1;
            }
            offset = skipSubBlocks(file, offset + 2);
        }
        if (bytes.get(offset) != IMAGE_DESCRIPTOR) throw new CorruptImageException("it has no frame");
        requireLength(file, offset + 10);
        int frame = offset, frameFlags = bytes.get(frame + 9);
        offset += 10;
        if ((frameFlags & 0x80) != 0) {
            paletteOffset = offset;
            paletteSize = 2 << (frameFlags & 7);
            offset += 3 * paletteSize;
        }
        requireLength(file, offset + 1);
        return new GifFrame(
                bytes.getChar(6),
                bytes.getChar(8),
                bytes.getChar(frame + 1),
                bytes.getChar(frame + 3),
                bytes.getChar(frame + 5),
                bytes.getChar(frame + 7),
                (frameFlags & 0x40) != 0,
                transparentIndex,
                paletteOffset,
                paletteSize,
                offset);
    }

    /** The offset after a sequence of sub-blocks, each a length and so many bytes, that ends with a length of 0. */
    private static int skipSubBlocks(byte[] file, int offset) throws CorruptImageException {
        for (int size = 1; size != 0; offset += 1 + size) {
            requireLength(file, offset + 1);
            size = file[offset] & 255;
        }
        return offset;
    }

    private static void requireLength(byte[] file, int length) throws CorruptImageException {
        if (length > file.length) throw new CorruptImageException("it ends after %d bytes", file.length);
    }
}
