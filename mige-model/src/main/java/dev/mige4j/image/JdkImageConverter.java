package dev.mige4j.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;

/**
 * Converts JDK images to 8-bit RGB and alpha.
 *
 * <p>Grey keeps the values of its raster. {@link BufferedImage#getRGB} takes them as linear and so makes 32 into 99,
 * but in practice they are encoded for display as those of sRGB are. 16-bit grey keeps its upper 8 bits.
 */
final class JdkImageConverter {

    private JdkImageConverter() {}

    static DecodedImage convert(BufferedImage image) {
        ColorModel colours = image.getColorModel();
        boolean indexed = colours instanceof IndexColorModel;
        boolean grey = !indexed && colours.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
        int type = colours.getTransferType();
        boolean integers =
                type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT || type == DataBuffer.TYPE_INT;
        boolean straight = integers && !(colours.hasAlpha() && colours.isAlphaPremultiplied());
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        byte[] alpha = colours.hasAlpha() ? new byte[rgb.length / 3] : null;
        if (straight && grey && hasBits(colours, 8)) copySamples(image, 0, rgb, alpha);
        else if (straight && grey && hasBits(colours, 16)) copySamples(image, 8, rgb, alpha);
        else if (straight && !indexed && colours.getColorSpace().isCS_sRGB() && hasBits(colours, 8))
            copySamples(image, 0, rgb, alpha);
        else if (grey) normalizeGrey(image, rgb, alpha);
        else convertColours(image, rgb, alpha);
        return new DecodedImage(image.getWidth(), image.getHeight(), rgb, alpha);
    }

    private static boolean hasBits(ColorModel colours, int bits) {
        return Arrays.stream(colours.getComponentSize()).allMatch(size -> size == bits);
    }

    /** The samples of the raster, grey or RGB with or without alpha, without their lowest {@code shift} bits. */
    private static void copySamples(BufferedImage image, int shift, byte[] rgb, byte[] alpha) {
        Raster raster = image.getRaster();
        int width = image.getWidth(), bands = raster.getNumBands(), colours = alpha == null ? bands : bands - 1;
        int[] row = new int[bands * width];
        for (int y = 0, pixel = 0; y < image.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int i = 0; i < row.length; i += bands, pixel++) {
                for (int c = 0; c < 3; c++) rgb[3 * pixel + c] = (byte) (row[i + Math.min(c, colours - 1)] >> shift);
                if (alpha != null) alpha[pixel] = (byte) (row[i + colours] >> shift);
            }
        }
    }

    /** Grey of other types, such as premultiplied or of floating point. */
    private static void normalizeGrey(BufferedImage image, byte[] rgb, byte[] alpha) {
        Raster raster = image.getRaster();
        Object element = null;
        float[] components = null;
        for (int y = 0, pixel = 0; y < image.getHeight(); y++)
            for (int x = 0; x < image.getWidth(); x++, pixel++) {
                element = raster.getDataElements(raster.getMinX() + x, raster.getMinY() + y, element);
                components = image.getColorModel().getNormalizedComponents(element, components, 0);
                Arrays.fill(rgb, 3 * pixel, 3 * pixel + 3, toByte(components[0]));
                if (alpha != null) alpha[pixel] = toByte(components[1]);
            }
    }

    private static byte toByte(float unit) {
        return (byte) Math.round(255 * Math.max(0, Math.min(1, unit)));
    }

    /** Converts to sRGB. */
    private static void convertColours(BufferedImage image, byte[] rgb, byte[] alpha) {
        int[] row = new int[image.getWidth()];
        for (int y = 0, pixel = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, row.length, 1, row, 0, row.length);
            for (int argb : row) {
                for (int c = 0; c < 3; c++) rgb[3 * pixel + c] = (byte) (argb >> (16 - 8 * c));
                if (alpha != null) alpha[pixel] = (byte) (argb >>> 24);
                pixel++;
            }
        }
    }
}
