package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageReader;

/**
 * Decodes JPEG files (grey, RGB, YCbCr, CMYK, YCCK) to the same values as Pillow.
 *
 * <p>The JDK's decoder gets the file without application segments and comments, but with one segment that states the
 * colour space. So colour profiles neither change the values nor make it fail, as in Pillow. CMYK, which the JDK does
 * not convert, is converted here. (TwelveMonkeys' reader applies profiles and differs from Pillow by one for CMYK.)
 */
final class JpegDecoder {

    /** A progressive file with more scans than this takes too long to decode. */
    private static final int MAX_SCANS = 500;

    private static final byte[] JFIF = {
        (byte) 0xFF, (byte) 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };
    private static final byte[] ADOBE_WITHOUT_TRANSFORM = {
        (byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
    };

    private JpegDecoder() {}

    static DecodedImage decode(byte[] file, String name) throws CorruptImageException {
        JpegHeader header = JpegHeader.read(file);
        ImageFile.checkSize(header.width(), header.height(), name);
        List<String> warnings = new ArrayList<>();
        Raster raster = ImageIoDecoder.decode(ImageFormat.JPEG, strip(file, header), reader -> {
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning.toLowerCase(Locale.ROOT)));
            return readRaster(reader, header.components());
        });
        if (warnings.stream()
                .anyMatch(warning -> warning.contains("truncated") || warning.contains("premature end of jpeg file")))
            throw new CorruptImageException("it ends within its pixel data");
        if (raster.getWidth() != header.width() || raster.getHeight() != header.height())
            throw new CorruptImageException("its pixel data have another size than its header states");
        byte[] rgb =
                header.components() == 4 ? rgbFromCmyk(raster, header.adobeTransform() > 0) : rgbFromRaster(raster);
        return new DecodedImage(header.width(), header.height(), rgb, null, header.orientation());
    }

    private static Raster readRaster(ImageReader reader, int components) throws IOException {
        return components == 4 ? reader.readRaster(0, null) : reader.read(0).getRaster();
    }

    private static byte[] rgbFromRaster(Raster raster) {
        int width = raster.getWidth(), bands = raster.getNumBands();
        byte[] rgb = new byte[3 * width * raster.getHeight()];
        int[] row = new int[bands * width];
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++) rgb[to++] = (byte) row[bands * x + Math.min(c, bands - 1)];
        }
        return rgb;
    }

    /** CMYK is stored inverted, as Adobe does: {@code rgb = k - (255 - c)·k/255}. Rounded like Pillow. */
    private static byte[] rgbFromCmyk(Raster raster, boolean ycck) throws CorruptImageException {
        if (raster.getNumBands() != 4)
            throw new CorruptImageException("it has %d colour components, expected 4", raster.getNumBands());
        int width = raster.getWidth();
        byte[] rgb = new byte[3 * width * raster.getHeight()];
        int[] row = new int[4 * width];
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            if (ycck) ycckToCmyk(row);
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++) {
                    int invertedBlack = row[4 * x + 3], product = (255 - row[4 * x + c]) * invertedBlack + 128;
                    rgb[to++] = (byte) Math.max(0, invertedBlack - (((product >> 8) + product) >> 8));
                }
        }
        return rgb;
    }

    /** YCCK to CMYK as in libjpeg: YCbCr to RGB, then complemented. */
    private static void ycckToCmyk(int[] row) {
        for (int i = 0; i < row.length; i += 4) {
            int y = row[i], cb = row[i + 1] - 128, cr = row[i + 2] - 128, rounding = 1 << 15;
            row[i] = complement(y + ((91881 * cr + rounding) >> 16));
            row[i + 1] = complement(y + ((-22554 * cb - 46802 * cr + rounding) >> 16));
            row[i + 2] = complement(y + ((116130 * cb + rounding) >> 16));
        }
    }

    private static int complement(int value) {
        return 255 - Math.max(0, Math.min(255, value));
    }

    /** The file without application segments and comments, with one segment that states its colour space. */
    private static byte[] strip(byte[] file, JpegHeader header) throws CorruptImageException {
        int scans = 1;
        for (int i = header.scanOffset(); i < file.length - 1; i++)
            if ((file[i] & 255) == 0xFF && (file[i + 1] & 255) == 0xDA && ++scans > MAX_SCANS)
                throw new CorruptImageException("it has more than %d scans", MAX_SCANS);
        boolean storedAsRgb = header.components() == 3
                && !header.jfif()
                && (header.adobeTransform() == 0
                        || (header.adobeTransform() < 0 && header.componentIds().equals("RGB")));
        ByteArrayOutputStream stripped = new ByteArrayOutputStream(file.length + 20);
        stripped.write(0xFF);
        stripped.write(0xD8);
        stripped.writeBytes(header.components() == 4 || storedAsRgb ? ADOBE_WITHOUT_TRANSFORM : JFIF);
        for (JpegHeader.Segment segment : header.segments())
            if (segment.isEssential()) {
                stripped.write(0xFF);
                stripped.write(segment.marker());
                stripped.write(file, segment.offset() - 2, segment.length() + 2);
            }
        stripped.write(file, header.scanOffset(), file.length - header.scanOffset());
        return stripped.toByteArray();
    }
}
