package dev.mige4j.image;

import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An ICC profile of an image, other than sRGB; converts its pixels to sRGB with the JDK's colour management (Little
 * CMS). Colours outside of sRGB are clipped.
 *
 * <p>Printer profiles are converted with the relative colorimetric intent, others with the perceptual one (which is the
 * same for profiles without tables).
 */
final class ColourProfile {

    /** A larger profile is ignored. */
    static final int MAX_BYTES = 8 << 20;

    private static final Map<String, Integer> COMPONENTS = Map.of("GRAY", 1, "RGB ", 3, "CMYK", 4);

    private static final Set<String> DEVICE_CLASSES = Set.of("scnr", "mntr", "prtr", "spac");

    private static final int HEADER_BYTES = 128, STRIP_PIXELS = 1 << 16, GRID = 18;

    private final int components;
    private final ColorConvertOp toSrgb;

    private ColourProfile(int components, ICC_Profile profile) {
        this.components = components;
        this.toSrgb =
                new ColorConvertOp(new ICC_Profile[] {profile, ICC_Profile.getInstance(ColorSpace.CS_sRGB)}, null);
    }

    /**
     * Reads a profile. Empty if it cannot be used: if it is damaged, too large, not for grey, RGB or CMYK; and if it
     * changes no value by more than one, as the profiles of sRGB do.
     */
    static Optional<ColourProfile> parse(byte[] icc) {
        if (icc.length < HEADER_BYTES || icc.length > MAX_BYTES) return Optional.empty();
        int size = ByteBuffer.wrap(icc).getInt(0);
        Integer components = COMPONENTS.get(ascii(icc, 16));
        if (size < HEADER_BYTES
                || size > icc.length
                || components == null
                || !DEVICE_CLASSES.contains(ascii(icc, 12))
                || !ascii(icc, 36).equals("acsp")) return Optional.empty();
        try {
            ColourProfile profile = new ColourProfile(components, ICC_Profile.getInstance(Arrays.copyOf(icc, size)));
            return profile.isIdentity() ? Optional.empty() : Optional.of(profile);
        } catch (CMMException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String ascii(byte[] icc, int offset) {
        return new String(icc, offset, 4, StandardCharsets.ISO_8859_1);
    }

    /** Samples per pixel: 1 (grey), 3 (RGB) or 4 (CMYK). */
    int components() {
        return components;
    }

    /** Converts pixels, 3 bytes each, in place; those of a grey profile are grey. */
    void convert(byte[] rgb) {
        if (components == 1) {
            byte[] curve = greyCurve();
            for (int i = 0; i < rgb.length; i++) rgb[i] = curve[rgb[i] & 255];
            return;
        }
        convert(rgb, rgb);
    }

    /**
     * Converts {@code samples}, [pixels, components], to {@code rgb}, [pixels, 3], which may be the same array. CMYK is
     * 255 for full ink.
     */
    void convert(byte[] samples, byte[] rgb) {
        int pixels = samples.length / components, stripPixels = Math.min(STRIP_PIXELS, pixels);
        byte[] strip = new byte[components * stripPixels], converted = new byte[3 * stripPixels];
        for (int from = 0; from < pixels; from += stripPixels) {
            int count = Math.min(stripPixels, pixels - from);
            System.arraycopy(samples, components * from, strip, 0, components * count);
            toSrgb.filter(raster(strip, count, components), raster(converted, count, 3));
            System.arraycopy(converted, 0, rgb, 3 * from, 3 * count);
        }
    }

    private static WritableRaster raster(byte[] samples, int pixels, int bands) {
        int[] offsets = new int[bands];
        for (int band = 0; band < bands; band++) offsets[band] = band;
        return Raster.createInterleavedRaster(
                new DataBufferByte(samples, bands * pixels), pixels, 1, bands * pixels, bands, offsets, null);
    }

    private byte[] greyCurve() {
        byte[] values = new byte[256], rgb = new byte[3 * 256], curve = new byte[256];
        for (int i = 0; i < 256; i++) values[i] = (byte) i;
        convert(values, rgb);
        for (int i = 0; i < 256; i++) curve[i] = rgb[3 * i + 1];
        return curve;
    }

    /** Whether all greys, and a grid of colours, differ by one at most from their values in sRGB. */
    private boolean isIdentity() {
        if (components == 4) {
            convert(new byte[4], new byte[3]); // throws if the profile cannot be used
            return false;
        }
        byte[] values = components == 1 ? new byte[3 * 256] : new byte[3 * (256 + GRID * GRID * GRID)];
        for (int i = 0; i < 3 * 256; i++) values[i] = (byte) (i / 3);
        for (int i = 3 * 256, cell = 0; i < values.length; cell++)
            for (int divisor : new int[] {1, GRID, GRID * GRID})
                values[i++] = (byte) (cell / divisor % GRID * 255 / (GRID - 1));
        byte[] converted = values.clone();
        convert(converted);
        for (int i = 0; i < values.length; i++)
            if (Math.abs((values[i] & 255) - (converted[i] & 255)) > 1) return false;
        return true;
    }
}
