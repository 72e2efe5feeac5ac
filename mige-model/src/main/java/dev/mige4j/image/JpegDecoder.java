package dev.mige4j.image;

import dev.mige4j.common.ByteSize;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;

/**
 * Decodes JPEG files (grey, RGB, YCbCr, CMYK, YCCK) to the same values as Pillow.
 *
 * <p>The JDK's decoder gets the file without application segments and comments, but with one segment that states the
 * colour space. So colour profiles neither change the values nor make it fail, as in Pillow. CMYK, which the JDK does
 * not convert, is converted here, with its profile if one is given. (TwelveMonkeys' reader applies profiles and differs
 * from Pillow by one for CMYK.)
 */
final class JpegDecoder {

    /**
     * Scans times pixels may be at most {@value #FREE_WORK} and {@value #WORK_PER_BYTE} more for each byte of the file,
     * and at most {@value #MAX_WORK}.
     */
    static final int USUAL_SCANS = 12;

    static final long MAX_WORK = 1_000_000_000, FREE_WORK = 50_000_000, WORK_PER_BYTE = 256;

    private static final byte[] JFIF = {
        (byte) 0xFF, (byte) 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };
    private static final byte[] ADOBE_WITHOUT_TRANSFORM = {
        (byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
    };

    private JpegDecoder() {}

    /** @param cmykProfile how CMYK is converted; empty: as Pillow does. Other colours are not converted. */
    static DecodedImage decode(byte[] file, String name, Optional<ColourProfile> cmykProfile, Runnable checkpoint)
            throws CorruptImageException {
        JpegHeader header = JpegHeader.read(file);
        ImageFile.checkSize(header.width(), header.height(), name);
        requireSupported(header, file, name);
        List<String> warnings = new ArrayList<>();
        byte[] samples = ImageIoDecoder.decode(ImageFormat.JPEG, strip(file, header, checkpoint), reader -> {
            if (reader.getWidth(0) != header.width() || reader.getHeight(0) != header.height())
                throw new CorruptImageException("its pixel data have another size than its header states");
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning.toLowerCase(Locale.ROOT)));
            return readSamples(reader, header);
        });
        if (warnings.stream()
                .anyMatch(warning -> warning.contains("truncated") || warning.contains("premature end of jpeg file")))
            throw new CorruptImageException("it ends within its pixel data");
        byte[] rgb =
                switch (header.components()) {
                    case 1 -> rgbFromGrey(samples);
                    case 4 -> rgbFromCmyk(samples, header.adobeTransform() > 0, cmykProfile);
                    default -> samples;
                };
        return new DecodedImage(header.width(), header.height(), rgb, null);
    }

    /** Rejects kinds of JPEG that the JDK does not decode, and those that take too long. */
    static void requireSupported(JpegHeader header, byte[] file, String name) {
        boolean huffman = header.frameMarker() <= 0xC2;
        if (huffman && header.bitsPerSample() == 8) {
            checkWork(header.scans(file), header.width(), header.height(), file.length, name);
            return;
        }
        if (header.frameMarker() == 0xC9 || header.frameMarker() == 0xCA)
            throw new UsageException(
                    "%s: an arithmetic-coded JPEG image, which is not supported; "
                            + "recode it without loss with `jpegtran in.jpg > out.jpg`, or convert it to PNG.",
                    name);
        String kind = huffman
                ? "a JPEG image with " + header.bitsPerSample() + " bits per sample"
                : header.frameMarker() == 0xF7 ? "a JPEG-LS image" : "a lossless or hierarchical JPEG image";
        throw new UsageException("%s: %s, which is not supported; convert it to PNG.", name, kind);
    }

    /**
     * Bounds the time of decoding, of which each scan of a progressive file takes its share for all pixels, however few
     * bytes it has. The 1 to 12 scans that encoders write are always accepted.
     */
    private static void checkWork(int scans, int width, int height, int bytes, String name) {
        long limit = Math.min(MAX_WORK, FREE_WORK + WORK_PER_BYTE * bytes);
        if (scans > USUAL_SCANS && (long) scans * width * height > limit)
            throw new UsageException(
                    "%s: a JPEG image of %d x %d pixels in %d scans, expected at most %d for a file of %s; "
                            + "save it as a baseline JPEG or PNG.",
                    name,
                    width,
                    height,
                    scans,
                    Math.max(USUAL_SCANS, limit / ((long) width * height)),
                    ByteSize.format(bytes));
    }

    /** Decodes to one byte for each component of each pixel: grey, RGB, or the four as they are stored. */
    private static byte[] readSamples(ImageReader reader, JpegHeader header) throws IOException {
        int width = header.width(), components = header.components();
        if (components == 4) return ((DataBufferByte) reader.readRaster(0, null).getDataBuffer()).getData();
        byte[] samples = new byte[components * width * header.height()];
        int[] bands = components == 1 ? new int[] {0} : new int[] {0, 1, 2};
        WritableRaster raster = Raster.createInterleavedRaster(
                new DataBufferByte(samples, samples.length),
                width,
                header.height(),
                components * width,
                components,
                bands,
                null);
        ColorSpace colours = ColorSpace.getInstance(components == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB);
        ImageReadParam destination = new ImageReadParam();
        destination.setDestination(new BufferedImage(
                new ComponentColorModel(colours, false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE),
                raster,
                false,
                null));
        reader.read(0, destination);
        return samples;
    }

    private static byte[] rgbFromGrey(byte[] grey) {
        byte[] rgb = new byte[3 * grey.length];
        for (int i = 0, to = 0; i < grey.length; i++) rgb[to++] = rgb[to++] = rgb[to++] = grey[i];
        return rgb;
    }

    /**
     * CMYK is stored inverted, as Adobe does; {@code cmyk} is modified. Without a profile {@code rgb = k - (255 -
     * c)·k/255}, rounded like Pillow.
     */
    private static byte[] rgbFromCmyk(byte[] cmyk, boolean ycck, Optional<ColourProfile> profile) {
        byte[] rgb = new byte[cmyk.length / 4 * 3];
        int[] pixel = new int[4];
        for (int from = 0, to = 0; from < cmyk.length; from += 4) {
            for (int c = 0; c < 4; c++) pixel[c] = cmyk[from + c] & 255;
            if (ycck) ycckToCmyk(pixel);
            for (int c = 0; c < 4; c++) cmyk[from + c] = (byte) (255 - pixel[c]);
            int invertedBlack = pixel[3];
            for (int c = 0; c < 3; c++) {
                int product = (255 - pixel[c]) * invertedBlack + 128;
                rgb[to++] = (byte) Math.max(0, invertedBlack - (((product >> 8) + product) >> 8));
            }
        }
        profile.ifPresent(p -> p.convert(cmyk, rgb));
        return rgb;
    }

    /** YCCK to CMYK as in libjpeg: YCbCr to RGB, then complemented. */
    private static void ycckToCmyk(int[] pixel) {
        int y = pixel[0], cb = pixel[1] - 128, cr = pixel[2] - 128, rounding = 1 << 15;
        pixel[0] = complement(y + ((91881 * cr + rounding) >> 16));
        pixel[1] = complement(y + ((-22554 * cb - 46802 * cr + rounding) >> 16));
        pixel[2] = complement(y + ((116130 * cb + rounding) >> 16));
    }

    private static int complement(int value) {
        return 255 - Math.max(0, Math.min(255, value));
    }

    /** The file without application segments and comments, with one segment that states its colour space. */
    private static SliceInputStream strip(byte[] file, JpegHeader header, Runnable checkpoint) {
        boolean storedAsRgb = header.components() == 3
                && !header.jfif()
                && (header.adobeTransform() == 0
                        || (header.adobeTransform() < 0 && header.componentIds().equals("RGB")));
        SliceInputStream stripped = new SliceInputStream(checkpoint)
                .append((byte) 0xFF, (byte) 0xD8)
                .append(header.components() == 4 || storedAsRgb ? ADOBE_WITHOUT_TRANSFORM : JFIF);
        for (JpegHeader.Segment segment : header.segments())
            if (segment.isEssential())
                stripped.append((byte) 0xFF).append(file, segment.offset() - 3, segment.length() + 3);
        return stripped.append(file, header.scanOffset(), file.length - header.scanOffset());
    }
}
