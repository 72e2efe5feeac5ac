package mige.pipeline;

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

    /** The result, with the source's own pixels wherever this region does not reach; both of one size. */
    Picture apply(Picture source, Picture result);

    /** No pixel is kept on purpose. */
    record Everywhere() implements Region {
        @Override
        public Picture apply(Picture source, Picture result) {
            return result;
        }
    }

    /** Changes where the mask is lighter than middle grey; it is scaled to the source. */
    record Mask(Picture mask) implements Region {
        @Override
        public Picture apply(Picture source, Picture result) {
            Picture scaled = Resampling.BILINEAR.resize(mask, source.width(), source.height());
            boolean[] open = new boolean[source.width() * source.height()];
            byte[] light = scaled.rgb();
            boolean any = false;
            for (int i = 0; i < open.length; i++) {
                open[i] = (light[3 * i] & 255) + (light[3 * i + 1] & 255) + (light[3 * i + 2] & 255) > 3 * 127;
                any |= open[i];
            }
            if (!any) throw new UsageException("The mask is dark everywhere, so nothing may change. Paint the part to edit white.");
            return merge(source, result, open);
        }
    }

    /**
     * Changes where the result clearly differs from the source: a pixel differs when its neighbourhood (a box of 1/32 of the longer side)
     * is off by more than 1/16 of the range on average; single islands are kept with their surroundings.
     */
    record Auto() implements Region {
        private static final int LIMIT = 16;

        @Override
        public Picture apply(Picture source, Picture result) {
            int w = source.width(), h = source.height(), radius = Math.max(1, Math.max(w, h) / 64);
            byte[] a = source.rgb(), b = result.rgb();
            int[] off = new int[w * h];
            for (int i = 0; i < off.length; i++) {
                for (int c = 0; c < 3; c++) off[i] = Math.max(off[i], Math.abs((a[3 * i + c] & 255) - (b[3 * i + c] & 255)));
            }
            boolean[] differs = new boolean[w * h];
            long[] sums = integral(off, w, h);
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) differs[y * w + x] = mean(sums, w, h, x, y, radius) > LIMIT;
            }
            int[] grown = new int[w * h];
            for (int i = 0; i < grown.length; i++) grown[i] = differs[i] ? 1 << 20 : 0;
            long[] near = integral(grown, w, h);
            boolean[] open = new boolean[w * h];
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) open[y * w + x] = mean(near, w, h, x, y, radius) > 0;
            }
            return merge(source, result, open);
        }

        private static long[] integral(int[] v, int w, int h) {
            long[] sums = new long[(w + 1) * (h + 1)];
            for (int y = 0; y < h; y++) {
                long row = 0;
                for (int x = 0; x < w; x++) {
                    row += v[y * w + x];
                    sums[(y + 1) * (w + 1) + x + 1] = sums[y * (w + 1) + x + 1] + row;
                }
            }
            return sums;
        }

        private static double mean(long[] sums, int w, int h, int x, int y, int r) {
            int l = Math.max(0, x - r), t = Math.max(0, y - r), e = Math.min(w, x + r + 1), f = Math.min(h, y + r + 1);
            long sum = sums[f * (w + 1) + e] - sums[t * (w + 1) + e] - sums[f * (w + 1) + l] + sums[t * (w + 1) + l];
            return (double) sum / ((e - l) * (f - t));
        }
    }

    private static Picture merge(Picture source, Picture result, boolean[] open) {
        byte[] out = source.rgb(), made = result.rgb();
        for (int i = 0; i < open.length; i++) {
            if (open[i]) System.arraycopy(made, 3 * i, out, 3 * i, 3);
        }
        return Picture.of(source.width(), source.height(), out);
    }
}
