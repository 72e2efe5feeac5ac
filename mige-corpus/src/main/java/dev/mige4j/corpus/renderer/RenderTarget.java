package dev.mige4j.corpus.renderer;

import java.util.HashMap;
import java.util.Map;

/** The image that the layers of a scene are drawn into, and the visibility of each object. Not thread-safe. */
final class RenderTarget {

    /** Side of the image in pixels. */
    final int size;

    /** Colour planes [size*size], 0..255. */
    final float[] red, green, blue;

    /** Visible coverage [size*size] in 0..1 of each object by its id. */
    final Map<Integer, float[]> visibility = new HashMap<>();

    RenderTarget(int size) {
        this.size = size;
        red = new float[size * size];
        green = new float[size * size];
        blue = new float[size * size];
    }

    /** A copy of the colours of another target. */
    RenderTarget(RenderTarget other) {
        size = other.size;
        red = other.red.clone();
        green = other.green.clone();
        blue = other.blue.clone();
    }

    /** Moves the pixel at {@code i} towards a colour by {@code t} in 0..1. */
    void blend(int i, int rgb, double t) {
        red[i] += (float) (((rgb >> 16 & 255) - red[i]) * t);
        green[i] += (float) (((rgb >> 8 & 255) - green[i]) * t);
        blue[i] += (float) (((rgb & 255) - blue[i]) * t);
    }

    /**
     * Draws a disc with centre (u, v) and radius r in fractions of the side. Its rim fades over {@code blur} of the
     * radius; a blur of 1 gives a glow.
     */
    void drawDisc(double u, double v, double r, int rgb, double strength, double blur) {
        double rim = Math.max(r, 0.6 / size);
        for (int y = Math.max(0, (int) ((v - rim) * size)); y <= Math.min(size - 1, (v + rim) * size); y++)
            for (int x = Math.max(0, (int) ((u - rim) * size)); x <= Math.min(size - 1, (u + rim) * size); x++) {
                double a = (x + 0.5) / size - u, b = (y + 0.5) / size - v, d = Math.sqrt(a * a + b * b) / rim;
                if (d < 1) {
                    double t = Math.min(1, (1 - d) / blur);
                    blend(y * size + x, rgb, strength * (blur == 1 ? t * t : t));
                }
            }
    }

    /** The colour of a pixel as 0xRRGGBB. */
    int rgbAt(int i) {
        return toByteRange(red[i]) << 16 | toByteRange(green[i]) << 8 | toByteRange(blue[i]);
    }

    /** All pixels as bytes [size*size*3]. */
    byte[] toRgb() {
        byte[] rgb = new byte[3 * size * size];
        for (int i = 0; i < size * size; i++) {
            rgb[3 * i] = (byte) toByteRange(red[i]);
            rgb[3 * i + 1] = (byte) toByteRange(green[i]);
            rgb[3 * i + 2] = (byte) toByteRange(blue[i]);
        }
        return rgb;
    }

    private static int toByteRange(float v) {
        return Math.max(0, Math.min(255, (int) (v + 0.5f)));
    }
}
