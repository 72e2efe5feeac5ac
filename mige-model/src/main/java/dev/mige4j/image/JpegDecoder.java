package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG: grey, RGB, YCbCr, CMYK and YCCK. The JDK's decoder gets the file without its notes (profiles, thumbnails,
 * comments) but with one that says what its colours are; so none of them can upset it or change the colours, and CMYK,
 * which it does not turn into RGB, is turned here as Pillow does it: inverted, as Adobe writes it.
 */
final class JpegDecoder {

    static final int START_OF_SCAN = 0xDA, END_OF_IMAGE = 0xD9;

    private static final int MAX_SCANS = 500;

    /**
     * What the head of a file says ({@code coded}: ink stored as luma and chroma, YCCK), and the file as the decoder
     * gets it.
     */
    private record JpegHeader(
            int width, int height, int components, boolean ycck, int orientation, byte[] strippedFile) {}

    private JpegDecoder() {}

    /** Whether a marker has no segment: TEM, the restart markers, SOI, and stuffed zeros. */
    static boolean isStandalone(int marker) {
        return marker <= 1 || marker >= 0xD0 && marker <= 0xD8;
    }

    /** Whether a marker is one of SOF0 to SOF15, whose segment holds the size. */
    static boolean isFrameHeader(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    static boolean isJpeg(byte[] file) {
        return file.length >= 3 && (file[0] & 255) == 0xFF && (file[1] & 255) == 0xD8 && (file[2] & 255) == 0xFF;
    }

    static DecodedImage read(byte[] file, String name) throws CorruptImageException {
        JpegHeader header = readHeader(file, name);
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
        if (!readers.hasNext()) throw new CorruptImageException("this Java has no JPEG decoder");
        ImageReader reader = readers.next();
        List<String> warnings = new ArrayList<>();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(header.strippedFile))) {
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
            reader.setInput(stream, true, true);
            byte[] rgb = header.components == 4
                    ? rgbFromCmyk(reader.readRaster(0, null), header)
                    : rgbFromColour(reader.read(0), header);
            for (String warning : warnings)
                if (warning.toLowerCase(java.util.Locale.ROOT).contains("truncated") || warning.contains("Premature"))
                    throw new CorruptImageException("it breaks off amid its pixels");
            return new DecodedImage(header.width, header.height, rgb, null, header.orientation);
        } catch (IOException | RuntimeException e) {
            throw new CorruptImageException("%s", ImageFile.describe(e));
        } finally {
            reader.dispose();
        }
    }

    private static byte[] rgbFromColour(BufferedImage image, JpegHeader header) throws CorruptImageException {
        requireSize(image.getWidth(), image.getHeight(), header);
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        byte[] rgb = new byte[3 * header.width * header.height];
        int[] row = new int[bands * header.width];
        for (int y = 0, to = 0; y < header.height; y++) {
            raster.getPixels(0, y, header.width, 1, row);
            for (int x = 0; x < header.width; x++)
                for (int c = 0; c < 3; c++) rgb[to++] = (byte) row[bands * x + Math.min(c, bands - 1)];
        }
        return rgb;
    }

    /** Amounts of cyan, magenta, yellow and black, all inverted: light left by each, times light left by black. */
    private static byte[] rgbFromCmyk(Raster raster, JpegHeader header) throws CorruptImageException {
        requireSize(raster.getWidth(), raster.getHeight(), header);
        if (raster.getNumBands() != 4)
            throw new CorruptImageException("it has %d colours instead of 4", raster.getNumBands());
        byte[] rgb = new byte[3 * header.width * header.height];
        int[] row = new int[4 * header.width];
        for (int y = 0, to = 0; y < header.height; y++) {
            raster.getPixels(0, y, header.width, 1, row);
            if (header.ycck) ycckToCmyk(row);
            for (int x = 0; x < header.width; x++)
                for (int c = 0; c < 3; c++) {
                    int invertedBlack = row[4 * x + 3], product = (255 - row[4 * x + c]) * invertedBlack + 128;
                    rgb[to++] = (byte) Math.max(0, invertedBlack - ((product >> 8) + product >> 8));
                }
        }
        return rgb;
    }

    /** YCCK to CMYK as libjpeg does it: luma and chroma give red, green and blue; their complements are the inks. */
    private static void ycckToCmyk(int[] row) {
        for (int i = 0; i < row.length; i += 4) {
            int y = row[i], cb = row[i + 1] - 128, cr = row[i + 2] - 128, rounding = 1 << 15;
            row[i] = complement(y + (91881 * cr + rounding >> 16));
            row[i + 1] = complement(y + (-22554 * cb - 46802 * cr + rounding >> 16));
            row[i + 2] = complement(y + (116130 * cb + rounding >> 16));
        }
    }

    private static int complement(int colour) {
        return 255 - Math.max(0, Math.min(255, colour));
    }

    private static void requireSize(int width, int height, JpegHeader header) throws CorruptImageException {
        if (width != header.width || height != header.height)
            throw new CorruptImageException("it decodes to another size than it states");
    }

    private static JpegHeader readHeader(byte[] file, String name) throws CorruptImageException {
        ByteArrayOutputStream remaining = new ByteArrayOutputStream(file.length);
        boolean jfif = false, scanReached = false;
        int adobeTransform = -1, orientation = 1, components = 0, width = 0, height = 0;
        String componentIds = "";
        int position = 2;
        while (!scanReached) {
            while (position < file.length && (file[position] & 255) != 0xFF)
                position++; // what some writers leave between
            while (position < file.length && (file[position] & 255) == 0xFF) position++;
            if (position + 2 >= file.length) throw new CorruptImageException("it breaks off before its pixels");
            int marker = file[position++] & 255;
            if (marker == END_OF_IMAGE) throw new CorruptImageException("it has no pixels");
            if (isStandalone(marker)) continue;
            int length = (file[position] & 255) << 8 | file[position + 1] & 255, data = position + 2, size = length - 2;
            if (size < 0 || length > file.length - position)
                throw new CorruptImageException("it breaks off before its pixels");
            scanReached = marker == START_OF_SCAN;
            if (marker == 0xE0) jfif |= startsWith(file, data, size, "JFIF");
            else if (marker == 0xE1) {
                if (startsWith(file, data, size, "Exif\0\0"))
                    orientation = DecodedImage.orientation(file, data + 6, size - 6);
            } else if (marker == 0xEE) {
                if (startsWith(file, data, size, "Adobe") && size >= 12) adobeTransform = file[data + 11] & 255;
            } else if (isFrameHeader(marker)) {
                if (components != 0 || size < 6) throw new CorruptImageException("its frame is broken");
                if (marker > 0xC2)
                    throw new CorruptImageException(
                            "it is lossless, hierarchical or arithmetic-coded, which cannot be read here; save it as plain JPEG or PNG");
                height = (file[data + 1] & 255) << 8 | file[data + 2] & 255;
                width = (file[data + 3] & 255) << 8 | file[data + 4] & 255;
                components = file[data + 5] & 255;
                if (file[data] != 8) throw new CorruptImageException("it has %d bits a colour, expected 8", file[data]);
                if (components != 1 && components != 3 && components != 4 || size < 6 + 3 * components)
                    throw new CorruptImageException("it has %d colours, expected 1, 3 or 4", components);
                ImageFile.checkSize(width, height, name);
                for (int c = 0; c < components; c++) componentIds += (char) (file[data + 6 + 3 * c] & 255);
            }
            if (marker < 0xE0 || marker > 0xEF && marker != 0xFE) {
                remaining.write(0xFF);
                remaining.write(marker);
                remaining.write(file, position, length);
            }
            position += length;
        }
        if (components == 0) throw new CorruptImageException("it has no frame");
        int scanCount = 0;
        for (int i = position; i < file.length - 1; i++)
            if ((file[i] & 255) == 0xFF && (file[i + 1] & 255) == 0xDA && ++scanCount > MAX_SCANS)
                throw new CorruptImageException("it has more than %d scans", MAX_SCANS);
        remaining.write(file, position, file.length - position);

        ByteArrayOutputStream stripped = new ByteArrayOutputStream(remaining.size() + 20);
        stripped.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xD8});
        boolean storedAsRgb =
                components == 3 && !jfif && (adobeTransform == 0 || adobeTransform < 0 && componentIds.equals("RGB"));
        if (components == 1 || components == 3 && !storedAsRgb)
            stripped.writeBytes(
                    new byte[] {(byte) 0xFF, (byte) 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0});
        else
            stripped.writeBytes(
                    new byte[] {(byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0});
        stripped.writeBytes(remaining.toByteArray());
        return new JpegHeader(
                width, height, components, components == 4 && adobeTransform == 2, orientation, stripped.toByteArray());
    }

    private static boolean startsWith(byte[] file, int offset, int size, String prefix) {
        if (size < prefix.length()) return false;
        for (int i = 0; i < prefix.length(); i++) if (file[offset + i] != prefix.charAt(i)) return false;
        return true;
    }
}
