package mige.image;

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

import mige.image.Pixels.Damaged;

/**
 * JPEG: grey, RGB, YCbCr, CMYK and YCCK. The JDK's decoder gets the file without its notes (profiles, thumbnails,
 * comments) but with one that says what its colours are; so none of them can upset it or change the colours, and CMYK,
 * which it does not turn into RGB, is turned here as Pillow does it: inverted, as Adobe writes it.
 */
final class Jpeg {

    private static final int MOST_SCANS = 500;

    /** What the head of a file says ({@code coded}: ink stored as luma and chroma, YCCK), and the file as the decoder gets it. */
    private record Head(int width, int height, int colours, boolean coded, int orientation, byte[] bare) {}

    private Jpeg() {}

    static boolean is(byte[] file) {
        return file.length >= 3 && (file[0] & 255) == 0xFF && (file[1] & 255) == 0xD8 && (file[2] & 255) == 0xFF;
    }

    static Pixels read(byte[] file, String name) throws Damaged {
        Head head = head(file, name);
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
        if (!readers.hasNext()) throw new Damaged("this Java has no JPEG decoder");
        ImageReader reader = readers.next();
        List<String> warnings = new ArrayList<>();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(head.bare))) {
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
            reader.setInput(stream, true, true);
            byte[] rgb = head.colours == 4 ? fromInk(reader.readRaster(0, null), head) : fromLight(reader.read(0), head);
            for (String warning : warnings)
                if (warning.toLowerCase(java.util.Locale.ROOT).contains("truncated") || warning.contains("Premature"))
                    throw new Damaged("it breaks off amid its pixels");
            return new Pixels(head.width, head.height, rgb, null, head.orientation);
        } catch (IOException | RuntimeException e) {
            throw new Damaged("%s", PictureFile.reason(e));
        } finally {
            reader.dispose();
        }
    }

    private static byte[] fromLight(BufferedImage image, Head head) throws Damaged {
        sameSize(image.getWidth(), image.getHeight(), head);
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        byte[] rgb = new byte[3 * head.width * head.height];
        int[] row = new int[bands * head.width];
        for (int y = 0, to = 0; y < head.height; y++) {
            raster.getPixels(0, y, head.width, 1, row);
            for (int x = 0; x < head.width; x++)
                for (int c = 0; c < 3; c++) rgb[to++] = (byte) row[bands * x + Math.min(c, bands - 1)];
        }
        return rgb;
    }

    /** Amounts of cyan, magenta, yellow and black, all inverted: light left by each, times light left by black. */
    private static byte[] fromInk(Raster raster, Head head) throws Damaged {
        sameSize(raster.getWidth(), raster.getHeight(), head);
        if (raster.getNumBands() != 4) throw new Damaged("it has %d colours instead of 4", raster.getNumBands());
        byte[] rgb = new byte[3 * head.width * head.height];
        int[] row = new int[4 * head.width];
        for (int y = 0, to = 0; y < head.height; y++) {
            raster.getPixels(0, y, head.width, 1, row);
            if (head.coded) decode(row);
            for (int x = 0; x < head.width; x++)
                for (int c = 0; c < 3; c++) {
                    int light = row[4 * x + 3], product = (255 - row[4 * x + c]) * light + 128;
                    rgb[to++] = (byte) Math.max(0, light - ((product >> 8) + product >> 8));
                }
        }
        return rgb;
    }

    /** YCCK to CMYK as libjpeg does it: luma and chroma give red, green and blue; their complements are the inks. */
    private static void decode(int[] row) {
        for (int i = 0; i < row.length; i += 4) {
            int y = row[i], cb = row[i + 1] - 128, cr = row[i + 2] - 128, half = 1 << 15;
            row[i] = complement(y + (91881 * cr + half >> 16));
            row[i + 1] = complement(y + (-22554 * cb - 46802 * cr + half >> 16));
            row[i + 2] = complement(y + (116130 * cb + half >> 16));
        }
    }

    private static int complement(int colour) {
        return 255 - Math.max(0, Math.min(255, colour));
    }

    private static void sameSize(int width, int height, Head head) throws Damaged {
        if (width != head.width || height != head.height) throw new Damaged("it decodes to another size than it states");
    }

    private static Head head(byte[] file, String name) throws Damaged {
        ByteArrayOutputStream rest = new ByteArrayOutputStream(file.length);
        boolean jfif = false, scans = false;
        int transform = -1, orientation = 1, colours = 0, width = 0, height = 0;
        String ids = "";
        int at = 2;
        while (!scans) {
            while (at < file.length && (file[at] & 255) != 0xFF) at++;                  // what some writers leave between
            while (at < file.length && (file[at] & 255) == 0xFF) at++;
            if (at + 2 >= file.length) throw new Damaged("it breaks off before its pixels");
            int marker = file[at++] & 255;
            if (marker == 0xD9) throw new Damaged("it has no pixels");
            if (marker == 0 || marker == 1 || marker >= 0xD0 && marker <= 0xD8) continue;       // nothing follows these
            int length = (file[at] & 255) << 8 | file[at + 1] & 255, data = at + 2, size = length - 2;
            if (size < 0 || length > file.length - at) throw new Damaged("it breaks off before its pixels");
            scans = marker == 0xDA;
            if (marker == 0xE0) jfif |= starts(file, data, size, "JFIF");
            else if (marker == 0xE1) {
                if (starts(file, data, size, "Exif\0\0")) orientation = Pixels.orientation(file, data + 6, size - 6);
            } else if (marker == 0xEE) {
                if (starts(file, data, size, "Adobe") && size >= 12) transform = file[data + 11] & 255;
            } else if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
                if (colours != 0 || size < 6) throw new Damaged("its frame is broken");
                if (marker > 0xC2) throw new Damaged("it is lossless, hierarchical or arithmetic-coded, which cannot be read here; save it as plain JPEG or PNG");
                height = (file[data + 1] & 255) << 8 | file[data + 2] & 255;
                width = (file[data + 3] & 255) << 8 | file[data + 4] & 255;
                colours = file[data + 5] & 255;
                if (file[data] != 8) throw new Damaged("it has %d bits a colour, expected 8", file[data]);
                if (colours != 1 && colours != 3 && colours != 4 || size < 6 + 3 * colours) throw new Damaged("it has %d colours, expected 1, 3 or 4", colours);
                PictureFile.checkSize(width, height, name);
                for (int c = 0; c < colours; c++) ids += (char) (file[data + 6 + 3 * c] & 255);
            }
            if (marker < 0xE0 || marker > 0xEF && marker != 0xFE) {
                rest.write(0xFF);
                rest.write(marker);
                rest.write(file, at, length);
            }
            at += length;
        }
        if (colours == 0) throw new Damaged("it has no frame");
        int more = 0;
        for (int i = at; i < file.length - 1; i++) if ((file[i] & 255) == 0xFF && (file[i + 1] & 255) == 0xDA && ++more > MOST_SCANS) throw new Damaged("it has more than %d scans", MOST_SCANS);
        rest.write(file, at, file.length - at);

        ByteArrayOutputStream bare = new ByteArrayOutputStream(rest.size() + 20);
        bare.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xD8});
        boolean light = colours == 3 && !jfif && (transform == 0 || transform < 0 && ids.equals("RGB"));
        if (colours == 1 || colours == 3 && !light)
            bare.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0});
        else
            bare.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0});
        bare.writeBytes(rest.toByteArray());
        return new Head(width, height, colours, colours == 4 && transform == 2, orientation, bare.toByteArray());
    }

    private static boolean starts(byte[] file, int at, int size, String with) {
        if (size < with.length()) return false;
        for (int i = 0; i < with.length(); i++) if (file[at + i] != with.charAt(i)) return false;
        return true;
    }
}
