package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decodes PNG files of all colour types and bit depths to the same values as Pillow: colour profiles and gamma are
 * ignored.
 *
 * <p>{@code javax.imageio} is not used because it needs a raster beside the result and several times as long; the rows
 * are decompressed one after the other, so the result is all that is held in memory.
 */
final class PngDecoder {

    private static final int GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGB_ALPHA = 6;

    /** Adam7: left, top, horizontal and vertical step of each pass over an interlaced image. */
    private static final int[][] PASSES = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };

    private final int width, height, depth, type, samples;
    private final boolean interlaced, clipGrey;
    private final byte[] rgb, alpha;
    private byte[] palette, transparency;

    /**
     * Decodes a file.
     *
     * @param clipGrey whether 16-bit grey is clipped at 255, as in Pillow's conversion to RGB, instead of scaled
     * @param checkpoint runs before each row
     */
    static DecodedImage decode(byte[] file, String name, boolean clipGrey, Runnable checkpoint)
            throws CorruptImageException {
        List<PngChunk> chunks = PngChunk.list(file);
        if (chunks.isEmpty()
                || !chunks.get(0).type().equals("IHDR")
                || chunks.get(0).length() != 13) throw new CorruptImageException("it has no header");
        byte[] header = chunks.get(0).data(file, 13);
        ByteBuffer size = ByteBuffer.wrap(header);
        ImageFile.checkSize(size.getInt(0) & 0xffffffffL, size.getInt(4) & 0xffffffffL, name);
        return new PngDecoder(header, file, chunks, clipGrey).decode(file, chunks, checkpoint);
    }

    private PngDecoder(byte[] header, byte[] file, List<PngChunk> chunks, boolean clipGrey)
            throws CorruptImageException {
        this.clipGrey = clipGrey;
        width = ByteBuffer.wrap(header).getInt(0);
        height = ByteBuffer.wrap(header).getInt(4);
        depth = header[8];
        type = header[9];
        interlaced = header[12] == 1;
        checkFormat(header);
        samples = switch (type) {
            case RGB -> 3;
            case RGB_ALPHA -> 4;
            case GREY_ALPHA -> 2;
            default -> 1;
        };
        for (PngChunk chunk : chunks) {
            if (chunk.type().equals("PLTE")) palette = chunk.data(file, 768);
            if (chunk.type().equals("tRNS")) transparency = chunk.data(file, 256);
        }
        if (type == PALETTE && palette == null) throw new CorruptImageException("it has no palette");
        int transparentSamples = type == GREY ? 1 : type == RGB ? 3 : 0;
        if (transparency != null && transparency.length < 2 * transparentSamples) transparency = null;
        boolean hasAlpha = type == GREY_ALPHA || type == RGB_ALPHA || transparency != null;
        rgb = new byte[3 * width * height];
        alpha = hasAlpha ? new byte[width * height] : null;
    }

    private static void checkFormat(byte[] header) throws CorruptImageException {
        int depth = header[8], type = header[9];
        List<Integer> depths =
                switch (type) {
                    case GREY -> List.of(1, 2, 4, 8, 16);
                    case PALETTE -> List.of(1, 2, 4, 8);
                    case RGB, GREY_ALPHA, RGB_ALPHA -> List.of(8, 16);
                    default -> throw new CorruptImageException("its colour type %d is unknown", type);
                };
        if (!depths.contains(depth))
            throw new CorruptImageException("it has %d bits per sample, expected one of %s", depth, depths);
        if (header[10] != 0 || header[11] != 0 || (header[12] & ~1) != 0)
            throw new CorruptImageException("its compression, filter or interlace method is unknown");
    }

    private DecodedImage decode(byte[] file, List<PngChunk> chunks, Runnable checkpoint) throws CorruptImageException {
        Iterator<PngChunk> data =
                chunks.stream().filter(chunk -> chunk.type().equals("IDAT")).iterator();
        if (!data.hasNext()) throw new CorruptImageException("it has no pixel data; it may be cut off");
        Inflater inflater = new Inflater();
        try {
            for (int[] pass : interlaced ? PASSES : new int[][] {{0, 0, 1, 1}})
                decodePass(pass, file, data, inflater, checkpoint);
        } catch (DataFormatException e) {
            throw new CorruptImageException("its compressed pixel data are corrupt");
        } finally {
            inflater.end();
        }
        return new DecodedImage(width, height, rgb, alpha);
    }

    private void decodePass(int[] pass, byte[] file, Iterator<PngChunk> data, Inflater inflater, Runnable checkpoint)
            throws CorruptImageException, DataFormatException {
        int columns = (width - pass[0] + pass[2] - 1) / pass[2];
        if (columns < 1) return;
        int bitsPerPixel = samples * depth, bytesPerPixel = Math.max(1, bitsPerPixel / 8);
        int rowBytes = (int) (((long) columns * bitsPerPixel + 7) / 8);
        // a row: its filter, then its bytes
        byte[] row = new byte[1 + rowBytes], above = new byte[1 + rowBytes];
        int[] values = new int[columns * samples];
        for (int y = pass[1]; y < height; y += pass[3]) {
            checkpoint.run();
            readFully(row, file, data, inflater);
            unfilter(row, above, bytesPerPixel);
            int pixel = y * width + pass[0];
            if (type == RGB && depth == 8 && transparency == null && columns == width) {
                System.arraycopy(row, 1, rgb, 3 * pixel, rowBytes);
            } else {
                unpack(row, values);
                for (int i = 0; i < values.length; i += samples, pixel += pass[2]) addPixel(values, i, pixel);
            }
            byte[] finished = row;
            row = above;
            above = finished;
        }
    }

    private static void readFully(byte[] row, byte[] file, Iterator<PngChunk> data, Inflater inflater)
            throws CorruptImageException, DataFormatException {
        for (int read = 0; read < row.length; ) {
            int count = inflater.inflate(row, read, row.length - read);
            if (count == 0) {
                if (!inflater.needsInput() || !data.hasNext())
                    throw new CorruptImageException("it ends within its pixel data");
                PngChunk chunk = data.next();
                inflater.setInput(file, chunk.offset(), chunk.length());
            }
            read += count;
        }
    }

    /** Adds to each byte of a row what its filter predicts from the bytes to its left, above, and above to its left. */
    private static void unfilter(byte[] row, byte[] above, int bytesPerPixel) throws CorruptImageException {
        int first = 1 + bytesPerPixel;
        switch (row[0]) {
            case 0 -> {}
            case 1 -> {
                for (int i = first; i < row.length; i++) row[i] += row[i - bytesPerPixel];
            }
            case 2 -> {
                for (int i = 1; i < row.length; i++) row[i] += above[i];
            }
            case 3 -> {
                for (int i = 1; i < first; i++) row[i] += (byte) ((above[i] & 255) >> 1);
                for (int i = first; i < row.length; i++)
                    row[i] += (byte) (((row[i - bytesPerPixel] & 255) + (above[i] & 255)) >> 1);
            }
            case 4 -> {
                for (int i = 1; i < first; i++) row[i] += above[i];
                for (int i = first; i < row.length; i++)
                    row[i] +=
                            (byte) paeth(row[i - bytesPerPixel] & 255, above[i] & 255, above[i - bytesPerPixel] & 255);
            }
            default -> throw new CorruptImageException("its row filter %d is unknown", row[0] & 255);
        }
    }

    /** Whichever of left, up and up left is nearest to left + up - up left; ties in this order. */
    private static int paeth(int left, int up, int upLeft) {
        int toLeft = Math.abs(up - upLeft), toUp = Math.abs(left - upLeft), toUpLeft = Math.abs(left + up - 2 * upLeft);
        return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    }

    /** The samples of a row, of 1 to 16 bits each. */
    private void unpack(byte[] row, int[] values) {
        switch (depth) {
            case 8 -> {
                for (int i = 0; i < values.length; i++) values[i] = row[1 + i] & 255;
            }
            case 16 -> {
                for (int i = 0; i < values.length; i++)
                    values[i] = ((row[1 + 2 * i] & 255) << 8) | (row[2 + 2 * i] & 255);
            }
            default -> {
                for (int i = 0, bit = 0; i < values.length; i++, bit += depth)
                    values[i] = (row[1 + bit / 8] & 255) >> (8 - depth - bit % 8) & ((1 << depth) - 1);
            }
        }
    }

    private void addPixel(int[] row, int i, int pixel) {
        int opacity = 255;
        if (type == PALETTE) {
            boolean inPalette = 3 * row[i] + 2 < palette.length;
            for (int c = 0; c < 3; c++) rgb[3 * pixel + c] = inPalette ? palette[3 * row[i] + c] : 0;
            if (alpha != null) opacity = row[i] < transparency.length ? transparency[row[i]] & 255 : 255;
        } else if (type == GREY || type == GREY_ALPHA) {
            boolean clip = clipGrey && type == GREY && depth == 16;
            byte value = (byte) (clip ? Math.min(255, row[i]) : toEightBit(row[i]));
            for (int c = 0; c < 3; c++) rgb[3 * pixel + c] = value;
            if (type == GREY_ALPHA) opacity = toEightBit(row[i + 1]);
            else if (alpha != null) opacity = row[i] == transparentSample(0) ? 0 : 255;
        } else {
            boolean transparent = transparency != null && type == RGB;
            for (int c = 0; c < 3; c++) {
                rgb[3 * pixel + c] = (byte) toEightBit(row[i + c]);
                transparent = transparent && row[i + c] == transparentSample(c);
            }
            opacity = type == RGB_ALPHA ? toEightBit(row[i + 3]) : transparent ? 0 : 255;
        }
        if (alpha != null) alpha[pixel] = (byte) opacity;
    }

    private int transparentSample(int channel) {
        return ((transparency[2 * channel] & 255) << 8) | (transparency[2 * channel + 1] & 255);
    }

    private int toEightBit(int sample) {
        return depth == 16 ? sample >> 8 : depth == 8 ? sample : sample * 255 / ((1 << depth) - 1);
    }
}
