package dev.mige4j.pipeline;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import java.util.function.Supplier;

/** Where an edit may change its source; outside, the source's pixels are kept bit for bit. */
public sealed interface Region {

    Region EVERYWHERE = new Everywhere();
    Region AUTO = new Auto();

    static Region mask(Image mask) {
        return new Mask(mask);
    }

    /**
     * The result, with the source's own pixels wherever this region does not reach; all pictures of one size.
     *
     * @param reconstruction what the model makes of the source when it changes nothing: the source, through its
     *     autoencoder and back; asked for only by a region that compares
     */
    Image composite(Image source, Supplier<Image> reconstruction, Image result);

    /** No pixel is kept on purpose. */
    record Everywhere() implements Region {
        @Override
        public Image composite(Image source, Supplier<Image> reconstruction, Image result) {
            return result;
        }
    }

    /** Changes where the mask is lighter than middle grey; it is scaled to the source. */
    record Mask(Image mask) implements Region {
        @Override
        public Image composite(Image source, Supplier<Image> reconstruction, Image result) {
            Image scaled = Resampling.BILINEAR.resize(mask, source.width(), source.height());
            float[] weight = new float[source.width() * source.height()];
            byte[] rgb = scaled.rgb();
            boolean anyEditable = false;
            for (int i = 0; i < weight.length; i++) {
                boolean editable = (rgb[3 * i] & 255) + (rgb[3 * i + 1] & 255) + (rgb[3 * i + 2] & 255) > 3 * 127;
                weight[i] = editable ? 1 : 0;
                anyEditable |= editable;
            }
            if (!anyEditable)
                throw new UsageException(
                        "The mask is dark everywhere, so nothing may change. Paint the part to edit white.");
            return blend(source, result, weight);
        }
    }

    /**
     * Changes where the result clearly differs from the untouched picture, so what the autoencoder alone blurs is no
     * change.
     *
     * <p>A pixel differs when its neighbourhood (a box of 1/32 of the longer side) is off by more than 1/16 of the
     * range on average. Islands of less than 1/400 of the picture are noise. What is left is taken over with a soft
     * edge as wide as the box.
     */
    record Auto() implements Region {
        private static final int DIFFERENCE_THRESHOLD = 16, MIN_COMPONENT_FRACTION = 400;

        @Override
        public Image composite(Image source, Supplier<Image> reconstruction, Image result) {
            int w = source.width(), h = source.height(), radius = Math.max(1, Math.max(w, h) / 64);
            byte[] a = reconstruction.get().rgb(), b = result.rgb();
            int[] difference = new int[w * h];
            for (int i = 0; i < difference.length; i++) {
                for (int c = 0; c < 3; c++)
                    difference[i] = Math.max(difference[i], Math.abs((a[3 * i + c] & 255) - (b[3 * i + c] & 255)));
            }
            float[] meanDifference = boxBlur(difference, w, h, radius);
            boolean[] changed = new boolean[w * h];
            for (int i = 0; i < changed.length; i++) changed[i] = meanDifference[i] > DIFFERENCE_THRESHOLD;
            removeSmallComponents(changed, w, h);
            int[] changedMask = new int[w * h];
            for (int i = 0; i < changedMask.length; i++) changedMask[i] = changed[i] ? 1 : 0;
            float[] weight = boxBlur(changedMask, w, h, radius);
            for (int i = 0; i < weight.length; i++) weight[i] = Math.min(1, 2 * weight[i]);
            return blend(source, result, weight);
        }

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

        /** The mean of each pixel's box. */
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

    /** The result by its weight, the source by the rest; where the weight is 0 not a bit of the source changes. */
    private static Image blend(Image source, Image result, float[] weight) {
        byte[] out = source.rgb(), edited = result.rgb();
        for (int i = 0; i < out.length; i++) {
            int original = out[i] & 255;
            out[i] = (byte) Math.round(original + weight[i / 3] * ((edited[i] & 255) - original));
        }
        return Image.of(source.width(), source.height(), out);
    }
}
