package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.awt.Rectangle;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import javax.imageio.ImageReadParam;

/**
 * Decodes PNG files of all colour types and bit depths to the same values as Pillow: colour profiles and gamma are
 * ignored.
 *
 * <p>{@code javax.imageio} gets a file of header and pixel data alone, with a palette image declared as grey; so it
 * returns plain samples, and other chunks are not decoded. Palette and transparency are applied here.
 */
final class PngDecoder {

    private static final int GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGB_ALPHA = 6;

    /** A raster that would be larger than this is decoded in bands, one pass over the file for each. */
    private static final long MAX_RASTER_BYTES = 256 << 20;

    private final int width, height, depth, type, samples;
    private final boolean clipGrey;
    private final byte[] rgb, alpha;
    private byte[] palette, transparency;
    private int orientation = 1;

    /**
     * Decodes a file.
     *
     * @param clipGrey whether 16-bit grey is clipped at 255, as in Pillow's conversion to RGB, instead of scaled
     */
    static DecodedImage decode(byte[] file, String name, boolean clipGrey) throws CorruptImageException {
        List<PngChunk> chunks = PngChunk.list(file);
        if (chunks.isEmpty()
                || !chunks.get(0).type().equals("IHDR")
                || chunks.get(0).length() != 13) throw new CorruptImageException("it has no header");
        byte[] header = chunks.get(0).data(file, 13);
        ByteBuffer size = ByteBuffer.wrap(header);
        ImageFile.checkSize(size.getInt(0) & 0xffffffffL, size.getInt(4) & 0xffffffffL, name);
        PngDecoder decoder = new PngDecoder(header, file, chunks, clipGrey);
        return decoder.decode(strip(header, file, chunks));
    }

    private PngDecoder(byte[] header, byte[] file, List<PngChunk> chunks, boolean clipGrey)
            throws CorruptImageException {
        this.clipGrey = clipGrey;
        width = ByteBuffer.wrap(header).getInt(0);
        height = ByteBuffer.wrap(header).getInt(4);
        depth = header[8];
        type = header[9];
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
            if (chunk.type().equals("eXIf"))
                orientation = DecodedImage.exifOrientation(file, chunk.offset(), chunk.length());
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

    /** A file of header and pixel data alone; a palette image is declared as grey. */
    private static byte[] strip(byte[] header, byte[] file, List<PngChunk> chunks) throws CorruptImageException {
        ByteArrayOutputStream stripped = new ByteArrayOutputStream(file.length);
        PngChunk.writeSignature(stripped);
        byte[] greyHeader = header.clone();
        if (header[9] == PALETTE) greyHeader[9] = GREY;
        PngChunk.write(stripped, "IHDR", greyHeader);
        boolean hasPixels = false;
        for (PngChunk chunk : chunks)
            if (chunk.type().equals("IDAT") && chunk.length() > 0) {
                PngChunk.write(stripped, "IDAT", file, chunk.offset(), chunk.length());
                hasPixels = true;
            }
        if (!hasPixels) throw new CorruptImageException("it has no pixel data; it may be cut off");
        PngChunk.write(stripped, "IEND", new byte[0]);
        return stripped.toByteArray();
    }

    private DecodedImage decode(byte[] stripped) throws CorruptImageException {
        long bytesPerRow = (long) width * samples * Math.max(1, depth / 8);
        int bandHeight = (int) Math.min(height, Math.max(1, MAX_RASTER_BYTES / bytesPerRow));
        return ImageIoDecoder.decode(ImageFormat.PNG, stripped, reader -> {
            for (int top = 0; top < height; top += bandHeight) {
                ImageReadParam param = reader.getDefaultReadParam();
                param.setSourceRegion(new Rectangle(0, top, width, Math.min(bandHeight, height - top)));
                addRows(reader.read(0, param).getRaster(), top);
            }
            return new DecodedImage(width, height, rgb, alpha, orientation);
        });
    }

    private void addRows(Raster raster, int top) throws CorruptImageException {
        if (raster.getNumBands() != samples) throw new CorruptImageException("its pixel data cannot be decoded");
        int[] row = new int[samples * width];
        int pixel = top * width;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int i = 0; i < row.length; i += samples) addPixel(row, i, pixel++);
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
