package dev.mige4j.photos.inpainting;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import java.util.ArrayList;
import java.util.List;

/**
 * An image with a hole in several resolutions, each half of the one before.
 *
 * <p>The features of a pixel are its colour and the strength of the texture around it: the mean of the absolute
 * differences of neighbours, along x and along y, which coarse resolutions could not show otherwise.
 */
final class PatchPyramid {

    /** Features of a pixel: red, green, blue, and texture along x and y. */
    static final int FEATURES = 5;

    private static final float TEXTURE_WEIGHT = 4;

    /** The shortest side of the coarsest resolution, in pixels. */
    private static final int MIN_SIDE = 24;

    private PatchPyramid() {}

    /** The resolutions, finest first; in the coarsest one, the middle of the hole is about a patch from its border. */
    static PatchMatchLevel[] of(Image image, BinaryMask mask) {
        int width = image.width(), height = image.height();
        boolean[] hole = new boolean[width * height];
        for (int i = 0; i < hole.length; i++) hole[i] = mask.contains(i % width, i / width);
        int count = 1;
        for (int depth = depth(hole, width, height);
                depth > 2 * PatchMatchLevel.RADIUS + 1 && Math.min(width, height) >> count >= MIN_SIDE;
                depth /= 2) count++;
        List<PatchMatchLevel> levels = new ArrayList<>();
        levels.add(new PatchMatchLevel(
                width, height, features(image.rgb(), hole, width, height, 1 << (count - 1)), hole, count - 1));
        while (levels.size() < count) {
            PatchMatchLevel coarser = halve(levels.get(levels.size() - 1), count - 1 - levels.size());
            if (!coarser.hasSources()) break;
            levels.add(coarser);
        }
        return levels.toArray(PatchMatchLevel[]::new);
    }

    /** The largest city-block distance of a pixel of the hole from the rest. */
    private static int depth(boolean[] hole, int width, int height) {
        int[] steps = new int[hole.length];
        int far = width + height, deepest = 0;
        for (int i = 0; i < steps.length; i++) {
            if (!hole[i]) continue;
            int left = i % width > 0 ? steps[i - 1] : far, above = i >= width ? steps[i - width] : far;
            steps[i] = Math.min(far, Math.min(left, above) + 1);
        }
        for (int i = steps.length - 1; i >= 0; i--) {
            int right = i % width < width - 1 ? steps[i + 1] : far,
                    below = i < steps.length - width ? steps[i + width] : far;
            steps[i] = Math.min(steps[i], Math.min(right, below) + 1);
            if (hole[i]) deepest = Math.max(deepest, steps[i]);
        }
        return deepest;
    }

    /** Features [height, width, {@value #FEATURES}] with texture in a window of {@code 2 * radius + 1} pixels. */
    private static float[] features(byte[] rgb, boolean[] hole, int width, int height, int radius) {
        float[] features = new float[hole.length * FEATURES];
        for (int i = 0; i < hole.length; i++)
            for (int c = 0; c < 3; c++) features[i * FEATURES + c] = rgb[3 * i + c] & 255;
        for (int axis = 0; axis < 2; axis++) {
            WindowSum differences = new WindowSum(width, height), pairs = new WindowSum(width, height);
            for (int i = 0; i < hole.length; i++) {
                boolean hasNext = axis == 0 ? i % width < width - 1 : i / width < height - 1;
                int next = i + (axis == 0 ? 1 : width);
                boolean known = hasNext && !hole[i] && !hole[next];
                differences.put(i, known ? Math.abs(brightness(rgb, next) - brightness(rgb, i)) : 0);
                pairs.put(i, known ? 1 : 0);
            }
            for (int i = 0; i < hole.length; i++) {
                double n = pairs.around(i, radius);
                if (n > 0)
                    features[i * FEATURES + 3 + axis] = TEXTURE_WEIGHT * (float) (differences.around(i, radius) / n);
            }
        }
        return features;
    }

    private static float brightness(byte[] rgb, int pixel) {
        return ((rgb[3 * pixel] & 255) + (rgb[3 * pixel + 1] & 255) + (rgb[3 * pixel + 2] & 255)) / 3f;
    }

    /** Sums of values in windows, from a summed-area table; values are put in the order of their pixels. */
    private static final class WindowSum {

        private final int width, height;
        private final double[] sums; // [height + 1, width + 1]

        WindowSum(int width, int height) {
            this.width = width;
            this.height = height;
            sums = new double[(width + 1) * (height + 1)];
        }

        void put(int pixel, double value) {
            int i = (pixel / width + 1) * (width + 1) + pixel % width + 1;
            sums[i] = sums[i - 1] + sums[i - width - 1] - sums[i - width - 2] + value;
        }

        /** The sum over the window around a pixel, as far as it is inside the image. */
        double around(int pixel, int radius) {
            int x = pixel % width, y = pixel / width;
            int left = Math.max(0, x - radius), right = Math.min(width, x + radius + 1);
            int top = Math.max(0, y - radius) * (width + 1), bottom = Math.min(height, y + radius + 1) * (width + 1);
            return sums[bottom + right] - sums[top + right] - sums[bottom + left] + sums[top + left];
        }
    }

    /**
     * Half the resolution: means over 4 x 4 known pixels with the weights 1, 3, 3, 1. A pixel of which any quarter is
     * in the hole is in the hole.
     */
    private static PatchMatchLevel halve(PatchMatchLevel fine, int coarserLevels) {
        int width = (fine.width() + 1) / 2, height = (fine.height() + 1) / 2;
        float[] features = new float[width * height * FEATURES];
        boolean[] hole = new boolean[width * height];
        for (int i = 0; i < hole.length; i++) {
            float total = 0;
            for (int dy = -1; dy <= 2; dy++)
                for (int dx = -1; dx <= 2; dx++) {
                    int x = 2 * (i % width) + dx, y = 2 * (i / width) + dy;
                    if (x < 0 || y < 0 || x >= fine.width() || y >= fine.height()) continue;
                    boolean middle = dx >= 0 && dx < 2 && dy >= 0 && dy < 2;
                    if (fine.isHole(y * fine.width() + x)) {
                        hole[i] |= middle;
                        continue;
                    }
                    float weight = (dx >= 0 && dx < 2 ? 3 : 1) * (dy >= 0 && dy < 2 ? 3 : 1);
                    total += weight;
                    for (int c = 0; c < FEATURES; c++)
                        features[i * FEATURES + c] += weight * fine.feature(y * fine.width() + x, c);
                }
            for (int c = 0; c < FEATURES && total > 0; c++) features[i * FEATURES + c] /= total;
        }
        return new PatchMatchLevel(width, height, features, hole, coarserLevels);
    }
}
