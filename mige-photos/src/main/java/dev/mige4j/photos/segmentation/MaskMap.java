package dev.mige4j.photos.segmentation;

import dev.mige4j.photos.annotation.BinaryMask;

/**
 * A map of values [height, width] that are higher inside an object than outside of it, of lower resolution than the
 * photograph.
 *
 * @param values row by row
 */
record MaskMap(int width, int height, float[] values) {

    /**
     * The pixels of a photograph where the map, with bilinear interpolation, exceeds a threshold.
     *
     * @param usedWidth columns of the map that show the photograph, from the left
     * @param usedHeight rows of the map that show the photograph, from the top
     */
    BinaryMask above(float threshold, double usedWidth, double usedHeight, int photoWidth, int photoHeight) {
        byte[] pixels = new byte[Math.multiplyExact(photoWidth, photoHeight)];
        for (int y = 0, i = 0; y < photoHeight; y++) {
            double v = position(y, usedHeight / photoHeight, height);
            int row = ((int) v) * width, below = Math.min((int) v + 1, height - 1) * width;
            for (int x = 0; x < photoWidth; x++, i++) {
                double u = position(x, usedWidth / photoWidth, width);
                int left = (int) u, right = Math.min(left + 1, width - 1);
                double upper = mix(values[row + left], values[row + right], u - left),
                        lower = mix(values[below + left], values[below + right], u - left);
                if (mix(upper, lower, v - (int) v) > threshold) pixels[i] = 1;
            }
        }
        return BinaryMask.of(photoWidth, photoHeight, pixels);
    }

    /** The place of the centre of pixel {@code i} between the centres of the map's columns or rows. */
    private static double position(int i, double scale, int size) {
        return Math.max(0, Math.min(size - 1.0, (i + 0.5) * scale - 0.5));
    }

    private static double mix(double first, double second, double share) {
        return first + (second - first) * share;
    }

    /** How many values exceed a threshold, in the columns and rows that show the photograph. */
    int count(float threshold, double usedWidth, double usedHeight) {
        int count = 0;
        for (int y = 0; y < usedHeight; y++)
            for (int x = 0; x < usedWidth; x++) if (values[y * width + x] > threshold) count++;
        return count;
    }

    /** The map with its lowest value at 0 and its highest at 1; all 0 if they are equal. */
    MaskMap rescale() {
        float lowest = Float.POSITIVE_INFINITY, highest = Float.NEGATIVE_INFINITY;
        for (float value : values) {
            lowest = Math.min(lowest, value);
            highest = Math.max(highest, value);
        }
        float[] rescaled = new float[values.length];
        if (highest > lowest)
            for (int i = 0; i < values.length; i++) rescaled[i] = (values[i] - lowest) / (highest - lowest);
        return new MaskMap(width, height, rescaled);
    }
}
