package dev.mige4j.pipeline;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import java.util.List;
import java.util.function.Supplier;

/** The part of the source image that an edit may change; all other pixels are copied from the source exactly. */
public sealed interface Region {

    /** The edit may change all pixels. */
    Region EVERYWHERE = new Everywhere();

    /** The edit may change the pixels in which the result clearly differs from the source. */
    Region AUTO = new Auto();

    /**
     * The edit may change the white pixels of a mask (those lighter than middle grey), or the transparent ones when it
     * has pixels that are more than half transparent, as OpenAI's API expects; the mask is scaled to the source.
     *
     * @throws UsageException when no pixel may change
     */
    static Region mask(Image mask) {
        return MaskReader.read(UsageException.requireNonNull(mask, "mask"));
    }

    /**
     * Checks that this region can be a part of the source image.
     *
     * @throws UsageException when a mask has another aspect ratio than {@code source}
     */
    default void checkSource(Image source) {}

    /** Remarks for the user, about a mask that may not mean what was intended for example; often empty. */
    default List<String> notices() {
        return List.of();
    }

    /**
     * Composites the result onto the source image; all images have the same size.
     *
     * @param reconstruction the source image after encoding and decoding, the model's result for an edit that changes
     *     nothing; computed only when called
     * @param result the edited image
     * @return the pixels of the result inside of this region, which are opaque, and those of the source with their
     *     alpha outside
     */
    Image composite(Image source, Supplier<Image> reconstruction, Image result);

    /** All of the image. */
    record Everywhere() implements Region {
        @Override
        public Image composite(Image source, Supplier<Image> reconstruction, Image result) {
            return result;
        }
    }

    /**
     * The pixels where a mask is lighter than middle grey.
     *
     * @param mask of the size or at least the aspect ratio of the source
     * @param notices remarks for the user about a mask that may not mean what was intended
     */
    record Mask(Image mask, List<String> notices) implements Region {

        /** Largest ratio of the aspect ratios of mask and source that does not count as different. */
        private static final double ASPECT_TOLERANCE = 1.02;

        public Mask {
            UsageException.requireNonNull(mask, "mask");
            notices = List.copyOf(notices);
        }

        @Override
        public void checkSource(Image source) {
            double width = (double) source.width() * mask.height() / source.height(),
                    height = (double) source.height() * mask.width() / source.width();
            boolean rounded = Math.abs(width - mask.width()) <= 1 || Math.abs(height - mask.height()) <= 1;
            double ratio = width / mask.width();
            if (!rounded && Math.max(ratio, 1 / ratio) > ASPECT_TOLERANCE)
                throw new UsageException(
                        "The mask has %d x %d pixels, but the source has %d x %d, upright. Give a mask of the size or"
                                + " at least the shape of the source.",
                        mask.width(), mask.height(), source.width(), source.height());
        }

        @Override
        public Image composite(Image source, Supplier<Image> reconstruction, Image result) {
            return blend(source, result, editable(Resampling.BILINEAR.resize(mask, source.width(), source.height())));
        }

        /** 1 for each pixel that may change, 0 for the others. */
        private static float[] editable(Image mask) {
            float[] weight = new float[mask.width() * mask.height()];
            byte[] rgb = mask.rgb();
            for (int i = 0; i < weight.length; i++) weight[i] = MaskReader.isLight(rgb, 3 * i) ? 1 : 0;
            return weight;
        }
    }

    /**
     * The pixels in which the result clearly differs from the reconstruction of the source, so that the blur of the
     * autoencoder alone does not count as a change.
     *
     * <p>A pixel counts as changed when the mean difference in a box around it, 1/32 of the longer side, exceeds 1/16
     * of the value range. Connected components smaller than 1/400 of the image are ignored as noise. The region has a
     * soft edge as wide as the box.
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

    /**
     * Source + weight · (result - source), where alpha (of the result: 1) weighs the colours; pixels of weight 0 are
     * those of the source exactly, with their alpha.
     */
    private static Image blend(Image source, Image result, float[] weight) {
        byte[] out = source.straightRgb(), alpha = source.alpha(), edited = result.rgb();
        for (int pixel = 0; pixel < weight.length; pixel++) {
            float opacity = (alpha[pixel] & 255) / 255f, w = weight[pixel];
            if (w == 0) continue;
            float blended = opacity + w * (1 - opacity), share = w / blended;
            alpha[pixel] = (byte) Math.round(255 * blended);
            for (int i = 3 * pixel; i < 3 * pixel + 3; i++) {
                int original = out[i] & 255;
                out[i] = (byte) Math.round(original + share * ((edited[i] & 255) - original));
            }
        }
        return Image.of(source.width(), source.height(), out, alpha);
    }
}
