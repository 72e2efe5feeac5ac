package dev.mige4j.photos.cutout;

import dev.mige4j.image.Image;

/**
 * Measures how sharp a photograph is: the variance of the Laplacian of its brightness, in the sharpest of 4 x 4 tiles.
 *
 * <pre>
 *   L(x, y) = Y(x-1, y) + Y(x+1, y) + Y(x, y-1) + Y(x, y+1) - 4 Y(x, y)
 *   Y       = 0.299 R + 0.587 G + 0.114 B        0 to 255
 * </pre>
 *
 * <p>One sharp tile is enough, because what is behind an object is often out of focus on purpose. Larger images are
 * reduced to a long side of {@value #LONG_SIDE} pixels first; smaller ones are measured as they are. Source:
 * Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy".
 */
public final class Sharpness {

    /** The long side at which images are measured, in pixels. */
    static final int LONG_SIDE = 720;

    private static final int TILES = 4;

    private Sharpness() {}

    /** The sharpness of an image, 0 or more; 0 for an image with a side of less than 12 pixels. */
    public static double of(Image anyImage) {
        Image image = PhotoScaling.reduce(anyImage, LONG_SIDE);
        int width = image.width(), height = image.height();
        if (Math.min(width, height) < 3 * TILES) return 0;
        float[] brightness = brightness(image);
        double sharpest = 0;
        for (int row = 0; row < TILES; row++)
            for (int column = 0; column < TILES; column++)
                sharpest = Math.max(
                        sharpest,
                        laplacianVariance(
                                brightness,
                                width,
                                Math.max(1, column * width / TILES),
                                Math.min(width - 1, (column + 1) * width / TILES),
                                Math.max(1, row * height / TILES),
                                Math.min(height - 1, (row + 1) * height / TILES)));
        return sharpest;
    }

    private static float[] brightness(Image image) {
        byte[] rgb = image.rgb();
        float[] brightness = new float[rgb.length / 3];
        for (int i = 0; i < brightness.length; i++)
            brightness[i] =
                    0.299f * (rgb[3 * i] & 255) + 0.587f * (rgb[3 * i + 1] & 255) + 0.114f * (rgb[3 * i + 2] & 255);
        return brightness;
    }

    private static double laplacianVariance(float[] y, int width, int left, int right, int top, int bottom) {
        double sum = 0, squares = 0;
        for (int row = top; row < bottom; row++)
            for (int i = row * width + left; i < row * width + right; i++) {
                double laplacian = y[i - 1] + y[i + 1] + y[i - width] + y[i + width] - 4 * y[i];
                sum += laplacian;
                squares += laplacian * laplacian;
            }
        double count = (double) (right - left) * (bottom - top), mean = sum / count;
        return Math.max(0, squares / count - mean * mean);
    }
}
