package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Optional;
import java.util.Set;
import javax.imageio.ImageReadParam;

/**
 * Decodes the first page of TIFF files: grey, palette, RGB, YCbCr and CMYK, with alpha, 1 to 16 bits per sample, in
 * strips or tiles, uncompressed or with PackBits, LZW, Deflate, CCITT or JPEG.
 *
 * <p>The JDK's reader gets the file with a directory of its own that has the fields which pixels need and nothing else;
 * so it follows no references to other directories. Its samples are taken as they are stored: the predictor of 16-bit
 * samples, which it cannot undo, inverted grey, CMYK and alpha are applied here. Band by band, so that the result is
 * nearly all that is held in memory.
 */
final class TiffDecoder {

    static final int WHITE_IS_ZERO = 0, BLACK_IS_ZERO = 1, CMYK = 5;
    private static final int RGB = 2, PALETTE = 3, YCBCR = 6, PREMULTIPLIED = 1, STRAIGHT = 2;

    /** Compressions: none, CCITT (2, 3, 4), LZW, JPEG (7), Deflate, PackBits, and another code for Deflate. */
    private static final Set<Integer> COMPRESSIONS = Set.of(1, 2, 3, 4, 5, TiffHeader.JPEG, 8, 32773, 32946);

    private static final int MAX_BLOCK_BYTES = 256 << 20, BAND_BYTES = 32 << 20;

    private final TiffHeader header;
    private final Optional<ColourProfile> cmykProfile;
    private final int width, height, samples, colours, depth, photometric;
    private final boolean undoesPredictor, premultiplied, invertedInk;
    private final byte[] rgb, alpha;

    /** @param cmykProfile how CMYK is converted; empty: by a formula. Other colours are not converted. */
    static DecodedImage decode(byte[] file, String name, Optional<ColourProfile> cmykProfile, Runnable checkpoint)
            throws CorruptImageException {
        TiffHeader header = TiffHeader.read(file);
        requireSupported(header, name);
        ImageFile.checkSize(header.width(), header.height(), name);
        header.checkBlocks(MAX_BLOCK_BYTES);
        if (header.work() > JpegDecoder.MAX_WORK)
            throw new UsageException(
                    "%s: a TIFF image in %d strips or tiles, which takes too long to read; convert it to PNG.",
                    name, header.blocks());
        if (header.compression() == TiffHeader.JPEG) checkJpegBlocks(header, name);
        return new TiffDecoder(header, cmykProfile).decode(checkpoint);
    }

    private static void requireSupported(TiffHeader header, String name) {
        if (header.isCameraRaw())
            throw new UsageException(
                    "%s: the raw file of a camera; export it as JPEG, PNG or TIFF from a raw developer "
                            + "such as darktable.",
                    name);
        String found = null;
        int colours = colours(header.photometric());
        if (!COMPRESSIONS.contains(header.compression())) found = "compression " + header.compression();
        else if (colours == 0) found = "photometric interpretation " + header.photometric();
        else if (!Set.of(1, 2, 4, 8, 16).contains(header.bitsPerSample()) || !header.hasUniformSamples())
            found = "samples other than integers of 1, 2, 4, 8 or 16 bits";
        else if (header.samples() < colours || header.samples() > 8) found = header.samples() + " samples per pixel";
        else if (header.photometric() == PALETTE && header.samples() > 1) found = "a palette and transparency";
        if (found != null)
            throw new UsageException(
                    "%s: a TIFF image with %s, which is not supported; convert it to PNG.", name, found);
    }

    /** Checks that no JPEG of a strip or tile is larger than it or takes too long to decode. */
    private static void checkJpegBlocks(TiffHeader header, String name) throws CorruptImageException {
        long work = 0, blockArea = header.blockWidth() * header.blockHeight();
        long limit = Math.min(JpegDecoder.MAX_WORK, JpegDecoder.USUAL_SCANS * blockArea * header.blocks());
        for (int i = 0; i < header.blocks(); i++) {
            byte[] block = header.block(i);
            JpegHeader jpeg = JpegHeader.read(block);
            if (jpeg.width() > header.blockWidth() || jpeg.height() > header.blockHeight())
                throw new CorruptImageException("its JPEG data have another size than its strips or tiles");
            JpegDecoder.requireSupported(jpeg, block, name);
            work += jpeg.work(block);
            if (work > limit)
                throw new UsageException(
                        "%s: a TIFF image of progressive JPEG data in too many scans; convert it to PNG.", name);
        }
    }

    private static int colours(int photometric) {
        return switch (photometric) {
            case WHITE_IS_ZERO, BLACK_IS_ZERO, PALETTE -> 1;
            case RGB, YCBCR -> 3;
            case CMYK -> 4;
            default -> 0;
        };
    }

    private TiffDecoder(TiffHeader header, Optional<ColourProfile> cmykProfile) {
        this.header = header;
        this.cmykProfile = cmykProfile;
        width = (int) header.width();
        height = (int) header.height();
        samples = header.samples();
        depth = header.bitsPerSample();
        photometric = header.photometric();
        colours = colours(photometric);
        undoesPredictor = header.hasPredictor() && depth == 16;
        invertedInk = header.compression() == TiffHeader.JPEG;
        int extra = header.extraSample();
        premultiplied = extra == PREMULTIPLIED;
        rgb = new byte[3 * width * height];
        alpha = samples > colours && (extra == STRAIGHT || premultiplied) ? new byte[width * height] : null;
    }

    private DecodedImage decode(Runnable checkpoint) throws CorruptImageException {
        long rowBytes = (long) width * samples * Math.max(1, depth / 8);
        int blockHeight = (int) header.blockHeight();
        int blocks = (int) Math.max(1, BAND_BYTES / (rowBytes * blockHeight));
        int bandHeight = (int) Math.min(height, (long) blocks * blockHeight);
        SliceInputStream stream = header.withPixelFieldsOnly(!undoesPredictor, checkpoint);
        return ImageIoDecoder.decode(ImageFormat.TIFF, stream, reader -> {
            for (int top = 0; top < height; top += bandHeight) {
                ImageReadParam param = reader.getDefaultReadParam();
                param.setSourceRegion(new Rectangle(0, top, width, Math.min(bandHeight, height - top)));
                addRows(reader.read(0, param), top);
            }
            return new DecodedImage(width, height, rgb, alpha);
        });
    }

    private void addRows(BufferedImage band, int top) throws CorruptImageException {
        Raster raster = band.getRaster();
        if (raster.getNumBands() != samples
                || (photometric == PALETTE && !(band.getColorModel() instanceof IndexColorModel)))
            throw new CorruptImageException("its pixel data cannot be decoded");
        int[] row = new int[samples * width];
        for (int y = 0, pixel = top * width; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            if (undoesPredictor) undoPredictor(row);
            for (int i = 0; i < row.length; i += samples) addPixel(row, i, pixel++, band.getColorModel());
            if (photometric == CMYK && cmykProfile.isPresent()) convertInks(row, pixel - width);
        }
    }

    /** Converts a row of CMYK; {@code pixel} is the index of its first pixel. */
    private void convertInks(int[] row, int pixel) {
        byte[] inks = new byte[4 * width], converted = new byte[3 * width];
        for (int i = 0; i < inks.length; i++) inks[i] = (byte) ink(row[i / 4 * samples + i % 4]);
        cmykProfile.orElseThrow().convert(inks, converted);
        System.arraycopy(converted, 0, rgb, 3 * pixel, converted.length);
    }

    /** Adds up the differences from the left, which start again in each tile. */
    private void undoPredictor(int[] row) {
        int blockSamples = (int) header.blockWidth() * samples;
        for (int i = 0; i < row.length; i++)
            if (i % blockSamples >= samples) row[i] = (row[i] + row[i - samples]) & 0xffff;
    }

    private void addPixel(int[] row, int i, int pixel, ColorModel palette) {
        int opacity = alpha == null ? 255 : toEightBit(row[i + colours]);
        int black = photometric == CMYK ? ink(row[i + 3]) : 0;
        for (int c = 0; c < 3; c++) {
            int value =
                    switch (photometric) {
                        case PALETTE -> palette.getRGB(row[i]) >> (16 - 8 * c) & 255;
                        case WHITE_IS_ZERO -> 255 - toEightBit(row[i]);
                        case BLACK_IS_ZERO -> toEightBit(row[i]);
                        case CMYK -> withBlack(255 - ink(row[i + c]), 255 - black);
                        default -> toEightBit(row[i + c]);
                    };
            if (alpha != null && premultiplied)
                value = opacity == 0 ? 0 : Math.min(255, (value * 255 + opacity / 2) / opacity);
            rgb[3 * pixel + c] = (byte) value;
        }
        if (alpha != null) alpha[pixel] = (byte) opacity;
    }

    /** An ink of CMYK, 255 for all of it; the JDK's reader of JPEG inverts them. */
    private int ink(int sample) {
        return invertedInk ? 255 - sample : toEightBit(sample);
    }

    private static int withBlack(int colour, int withoutBlack) {
        return (colour * withoutBlack + 127) / 255;
    }

    private int toEightBit(int sample) {
        return depth == 16 ? sample >> 8 : depth == 8 ? sample : sample * 255 / ((1 << depth) - 1);
    }
}
