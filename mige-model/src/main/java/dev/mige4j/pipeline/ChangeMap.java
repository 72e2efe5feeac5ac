package dev.mige4j.pipeline;

import dev.mige4j.image.Compositing.SoftMask;
import dev.mige4j.image.Image;

/**
 * The pixels in which an edited image clearly differs from the reconstruction of the source, so that the blur of the
 * autoencoder alone does not count as a change.
 *
 * <p>A pixel counts as changed when the mean difference in a box around it, 1/32 of the longer side, exceeds 1/16 of
 * the value range. Connected components smaller than 1/400 of the image are ignored as noise. The map has a soft edge
 * as wide as the box.
 *
 * @param weights 0 to 1, [height, width]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ChangeMap(int width, int height, float[] weights) {

    private static final int DIFFERENCE_THRESHOLD = 16, MIN_COMPONENT_FRACTION = 400;

    /** Compares two images of the same size. */
    static ChangeMap of(Image reconstruction, Image edited) {
        int w = edited.width(), h = edited.height(), radius = Math.max(1, Math.max(w, h) / 64);
        float[] meanDifference = boxBlur(difference(reconstruction, edited), w, h, radius);
        boolean[] changed = new boolean[w * h];
        for (int i = 0; i < changed.length; i++) changed[i] = meanDifference[i] > DIFFERENCE_THRESHOLD;
        removeSmallComponents(changed, w, h);
        int[] changedMask = new int[w * h];
        for (int i = 0; i < changedMask.length; i++) changedMask[i] = changed[i] ? 1 : 0;
        float[] weights = boxBlur(changedMask, w, h, radius);
        for (int i = 0; i < weights.length; i++) weights[i] = Math.min(1, 2 * weights[i]);
        return new ChangeMap(w, h, weights);
    }

    /** The largest difference of a channel, for each pixel. */
    private static int[] difference(Image reconstruction, Image edited) {
        byte[] a = reconstruction.rgb(), b = edited.rgb();
        int[] difference = new int[a.length / 3];
        for (int i = 0; i < difference.length; i++)
            for (int c = 0; c < 3; c++)
                difference[i] = Math.max(difference[i], Math.abs((a[3 * i + c] & 255) - (b[3 * i + c] & 255)));
        return difference;
    }

    /** The weights of an image of another size, by bilinear interpolation. */
    SoftMask scaledTo(int targetWidth, int targetHeight) {
        Interpolation columns = Interpolation.of(width, targetWidth), rows = Interpolation.of(height, targetHeight);
        return (top, rowCount, scaled) -> {
            float[] row = new float[width];
            for (int y = 0; y < rowCount; y++) {
                int upper = rows.lower[top + y] * width, lower = rows.upper[top + y] * width;
                float down = rows.fraction[top + y];
                for (int x = 0; x < width; x++)
                    row[x] = weights[upper + x] + down * (weights[lower + x] - weights[upper + x]);
                for (int x = 0, out = y * targetWidth; x < targetWidth; x++, out++) {
                    float left = row[columns.lower[x]];
                    scaled[out] = left + columns.fraction[x] * (row[columns.upper[x]] - left);
                }
            }
        };
    }

    /** For each output position: the two nearest input positions, and the weight of the upper one. */
    private record Interpolation(int[] lower, int[] upper, float[] fraction) {
        static Interpolation of(int inputSize, int outputSize) {
            int[] lower = new int[outputSize], upper = new int[outputSize];
            float[] fraction = new float[outputSize];
            for (int i = 0; i < outputSize; i++) {
                double position = Math.max(0, Math.min(inputSize - 1, (i + 0.5) * inputSize / outputSize - 0.5));
                lower[i] = (int) position;
                upper[i] = Math.min(inputSize - 1, lower[i] + 1);
                fraction[i] = (float) (position - lower[i]);
            }
            return new Interpolation(lower, upper, fraction);
        }
    }

    /** Clears the 4-connected components smaller than 1/400 of the image, by flood fill. */
    private static void removeSmallComponents(boolean[] changed, int w, int h) {
        boolean[] visited = new boolean[changed.length];
        int[] component = new int[changed.length];
        for (int start = 0; start < changed.length; start++) {
            if (!changed[start] || visited[start]) continue;
            int size = 0;
            component[size++] = start;
            visited[start] = true;
            for (int index = 0; index < size; index++) {
                int x = component[index] % w, y = component[index] / w;
                for (int direction = 0; direction < 4; direction++) {
                    int nx = x + (direction == 0 ? 1 : direction == 1 ? -1 : 0),
                            ny = y + (direction == 2 ? 1 : direction == 3 ? -1 : 0),
                            next = ny * w + nx;
                    if (nx < 0 || ny < 0 || nx >= w || ny >= h || !changed[next] || visited[next]) continue;
                    visited[next] = true;
                    component[size++] = next;
                }
            }
            for (int index = 0; size < changed.length / MIN_COMPONENT_FRACTION && index < size; index++)
                changed[component[index]] = false;
        }
    }

    /** The mean of the box around each pixel, from a summed-area table; boxes are cut at the border. */
    private static float[] boxBlur(int[] values, int w, int h, int radius) {
        long[] sums = new long[(w + 1) * (h + 1)];
        for (int y = 0; y < h; y++) {
            long row = 0;
            for (int x = 0; x < w; x++) {
                row += values[y * w + x];
                sums[(y + 1) * (w + 1) + x + 1] = sums[y * (w + 1) + x + 1] + row;
            }
        }
        float[] means = new float[values.length];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                int left = Math.max(0, x - radius),
                        top = Math.max(0, y - radius),
                        right = Math.min(w, x + radius + 1),
                        bottom = Math.min(h, y + radius + 1);
                long sum = sums[bottom * (w + 1) + right]
                        - sums[top * (w + 1) + right]
                        - sums[bottom * (w + 1) + left]
                        + sums[top * (w + 1) + left];
                means[y * w + x] = (float) ((double) sum / ((right - left) * (bottom - top)));
            }
        }
        return means;
    }
}
