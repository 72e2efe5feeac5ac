package mige.pipeline;

import java.util.function.Supplier;
import mige.image.Picture;
import mige.image.Resampling;
import mige.tensor.UsageException;

/** Where an edit may change its source; outside, the source's pixels are kept bit for bit. */
public sealed interface Region {

    Region EVERYWHERE = new Everywhere();
    Region AUTO = new Auto();

    static Region mask(Picture mask) {
        return new Mask(mask);
    }

    /**
     * The result, with the source's own pixels wherever this region does not reach; all pictures of one size.
     *
     * @param untouched what the model makes of the source when it changes nothing: the source, through its autoencoder and back; asked for only by
     *                  a region that compares
     */
    Picture apply(Picture source, Supplier<Picture> untouched, Picture result);

    /** No pixel is kept on purpose. */
    record Everywhere() implements Region {
        @Override
        public Picture apply(Picture source, Supplier<Picture> untouched, Picture result) {
            return result;
        }
    }

    /** Changes where the mask is lighter than middle grey; it is scaled to the source. */
    record Mask(Picture mask) implements Region {
        @Override
        public Picture apply(Picture source, Supplier<Picture> untouched, Picture result) {
            Picture scaled = Resampling.BILINEAR.resize(mask, source.width(), source.height());
            float[] weight = new float[source.width() * source.height()];
            byte[] light = scaled.rgb();
            boolean any = false;
            for (int i = 0; i < weight.length; i++) {
                boolean open = (light[3 * i] & 255) + (light[3 * i + 1] & 255) + (light[3 * i + 2] & 255) > 3 * 127;
                weight[i] = open ? 1 : 0;
                any |= open;
            }
            if (!any) throw new UsageException("The mask is dark everywhere, so nothing may change. Paint the part to edit white.");
            return merge(source, result, weight);
        }
    }

    /**
     * Changes where the result clearly differs from the untouched picture, so what the autoencoder alone blurs is no change.
     *
     * <p>A pixel differs when its neighbourhood (a box of 1/32 of the longer side) is off by more than 1/16 of the range on average.
     * Islands of less than 1/400 of the picture are noise. What is left is taken over with a soft edge as wide as the box.
     */
    record Auto() implements Region {
        private static final int LIMIT = 16, ISLAND = 400;

        @Override
        public Picture apply(Picture source, Supplier<Picture> untouched, Picture result) {
            int w = source.width(), h = source.height(), radius = Math.max(1, Math.max(w, h) / 64);
            byte[] a = untouched.get().rgb(), b = result.rgb();
            int[] off = new int[w * h];
            for (int i = 0; i < off.length; i++) {
                for (int c = 0; c < 3; c++) off[i] = Math.max(off[i], Math.abs((a[3 * i + c] & 255) - (b[3 * i + c] & 255)));
            }
            float[] near = boxes(off, w, h, radius);
            boolean[] differs = new boolean[w * h];
            for (int i = 0; i < differs.length; i++) differs[i] = near[i] > LIMIT;
            forgetIslands(differs, w, h);
            int[] open = new int[w * h];
            for (int i = 0; i < open.length; i++) open[i] = differs[i] ? 1 : 0;
            float[] weight = boxes(open, w, h, radius);
            for (int i = 0; i < weight.length; i++) weight[i] = Math.min(1, 2 * weight[i]);
            return merge(source, result, weight);
        }

        private static void forgetIslands(boolean[] differs, int w, int h) {
            boolean[] seen = new boolean[differs.length];
            int[] island = new int[differs.length];
            for (int start = 0; start < differs.length; start++) {
                if (!differs[start] || seen[start]) continue;
                int size = 0;
                island[size++] = start;
                seen[start] = true;
                for (int at = 0; at < size; at++) {
                    int x = island[at] % w, y = island[at] / w;
                    for (int side = 0; side < 4; side++) {
                        int nx = x + (side == 0 ? 1 : side == 1 ? -1 : 0), ny = y + (side == 2 ? 1 : side == 3 ? -1 : 0), next = ny * w + nx;
                        if (nx < 0 || ny < 0 || nx >= w || ny >= h || !differs[next] || seen[next]) continue;
                        seen[next] = true;
                        island[size++] = next;
                    }
                }
                for (int at = 0; size < differs.length / ISLAND && at < size; at++) differs[island[at]] = false;
            }
        }

        /** The mean of each pixel's box. */
        private static float[] boxes(int[] v, int w, int h, int r) {
            long[] sums = new long[(w + 1) * (h + 1)];
            for (int y = 0; y < h; y++) {
                long row = 0;
                for (int x = 0; x < w; x++) {
                    row += v[y * w + x];
                    sums[(y + 1) * (w + 1) + x + 1] = sums[y * (w + 1) + x + 1] + row;
                }
            }
            float[] means = new float[v.length];
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    int l = Math.max(0, x - r), t = Math.max(0, y - r), e = Math.min(w, x + r + 1), f = Math.min(h, y + r + 1);
                    long sum = sums[f * (w + 1) + e] - sums[t * (w + 1) + e] - sums[f * (w + 1) + l] + sums[t * (w + 1) + l];
                    means[y * w + x] = (float) ((double) sum / ((e - l) * (f - t)));
                }
            }
            return means;
        }
    }

    /** The result by its weight, the source by the rest; where the weight is 0 not a bit of the source changes. */
    private static Picture merge(Picture source, Picture result, float[] weight) {
        byte[] out = source.rgb(), made = result.rgb();
        for (int i = 0; i < out.length; i++) {
            int from = out[i] & 255;
            out[i] = (byte) Math.round(from + weight[i / 3] * ((made[i] & 255) - from));
        }
        return Picture.of(source.width(), source.height(), out);
    }
}
