package mige.image;

import mige.tensor.UsageException;

/**
 * Resizing of 8-bit pictures, to the bit as Pillow does it (its {@code Resample.c}): filters widened when shrinking,
 * columns first, then rows, an 8-bit picture in between, weights of 22 fractional bits.
 *
 * <pre>
 *   c = (i + 1/2)·in/out,  s = max(in/out, 1)
 *   pixel i = Σ w_x·p_x / Σ w_x   with   w_x = f((x - c + 1/2) / s),  |x - c| within support·s
 * </pre>
 *
 * <p>The networks were trained on pictures resized like this; Java's own scaling gives other numbers. Source:
 * reference ENCODER.md section 11.
 */
public enum Resampling {

    /** {@code f(t) = 1 - |t|}. */
    BILINEAR(1) {
        @Override double weight(double t) {
            return t < 1 ? 1 - t : 0;
        }
    },

    /** The cubic of Keys with a = -1/2. */
    BICUBIC(2) {
        @Override double weight(double t) {
            if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
            return t < 2 ? (((t - 5) * t + 8) * t - 4) * -0.5 : 0;
        }
    };

    private static final int BITS = 22;

    private final double support;

    Resampling(double support) {
        this.support = support;
    }

    /** The filter at distance {@code t >= 0}. */
    abstract double weight(double t);

    /** The picture at {@code width x height}. */
    public Picture resize(Picture picture, int width, int height) {
        return resize(picture, width, height, 0, 0, width, height);
    }

    /**
     * The part of {@code cropWidth x cropHeight} at (left, top) of the picture resized to {@code width x height}.
     * The same pixels as resizing all and cropping, without making the rest.
     */
    public Picture resize(Picture picture, int width, int height, int left, int top, int cropWidth, int cropHeight) {
        if (left < 0 || top < 0 || cropWidth < 1 || cropHeight < 1 || left + cropWidth > width || top + cropHeight > height)
            throw new UsageException("The box %d,%d %d x %d does not lie inside the resized picture of %d x %d",
                    left, top, cropWidth, cropHeight, width, height);
        Taps rows = taps(picture.height(), height, top, cropHeight);
        byte[] narrow = columns(picture, rows, taps(picture.width(), width, left, cropWidth));   // [rows used, cropWidth, 3]
        return Picture.owning(cropWidth, cropHeight, rows(narrow, rows, 3 * cropWidth));
    }

    /** For each output: where its inputs begin, how many there are, and their weights, {@code most} places each. */
    private record Taps(int[] first, int[] count, int[] weights, int most, boolean plain) {
        int begin() {
            return first[0];
        }

        int end() {
            int last = first.length - 1;
            return first[last] + count[last];
        }
    }

    private Taps taps(int in, int out, int from, int size) {
        int[] first = new int[size], count = new int[size];
        if (in == out) {                                    // Pillow leaves out a pass that changes nothing
            for (int i = 0; i < size; i++) {
                first[i] = from + i;
                count[i] = 1;
            }
            return new Taps(first, count, new int[0], 1, true);
        }
        double scale = (double) in / out, stretch = Math.max(scale, 1), reach = support * stretch, shrink = 1 / stretch;
        int most = (int) Math.ceil(reach) * 2 + 1;
        int[] weights = new int[Math.multiplyExact(size, most)];
        double[] exact = new double[most];
        for (int i = 0; i < size; i++) {
            double centre = (from + i + 0.5) * scale, sum = 0;
            int low = Math.max((int) (centre - reach + 0.5), 0), high = Math.min((int) (centre + reach + 0.5), in);
            for (int x = 0; x < high - low; x++) sum += exact[x] = weight(Math.abs((x + low - centre + 0.5) * shrink));
            for (int x = 0; x < high - low; x++) {
                double share = (sum != 0 ? exact[x] / sum : exact[x]) * (1 << BITS);
                weights[i * most + x] = (int) (share < 0 ? share - 0.5 : share + 0.5);
            }
            first[i] = low;
            count[i] = high - low;
        }
        return new Taps(first, count, weights, most, false);
    }

    private static byte[] columns(Picture picture, Taps rows, Taps columns) {
        byte[] from = picture.pixels();
        int width = columns.first.length, begin = rows.begin(), high = rows.end() - begin;
        byte[] to = new byte[Math.multiplyExact(3 * width, high)];
        for (int y = 0, out = 0; y < high; y++) {
            int row = 3 * (begin + y) * picture.width();
            if (columns.plain) {
                System.arraycopy(from, row + 3 * columns.begin(), to, 3 * y * width, 3 * width);
                continue;
            }
            for (int x = 0; x < width; x++) {
                int red = 1 << BITS - 1, green = red, blue = red;
                int at = row + 3 * columns.first[x], tap = x * columns.most;
                for (int last = tap + columns.count[x]; tap < last; tap++, at += 3) {
                    int weight = columns.weights[tap];
                    red += weight * (from[at] & 255);
                    green += weight * (from[at + 1] & 255);
                    blue += weight * (from[at + 2] & 255);
                }
                to[out++] = clamp(red);
                to[out++] = clamp(green);
                to[out++] = clamp(blue);
            }
        }
        return to;
    }

    private static byte[] rows(byte[] from, Taps rows, int stride) {
        if (rows.plain) return from;
        int high = rows.first.length, begin = rows.begin();
        byte[] to = new byte[Math.multiplyExact(stride, high)];
        int[] sum = new int[stride];
        for (int y = 0; y < high; y++) {
            java.util.Arrays.fill(sum, 1 << BITS - 1);
            for (int k = 0; k < rows.count[y]; k++) {
                int weight = rows.weights[y * rows.most + k], at = (rows.first[y] - begin + k) * stride;
                for (int x = 0; x < stride; x++) sum[x] += weight * (from[at + x] & 255);
            }
            for (int x = 0; x < stride; x++) to[y * stride + x] = clamp(sum[x]);
        }
        return to;
    }

    private static byte clamp(int sum) {
        return (byte) Math.max(0, Math.min(255, sum >> BITS));
    }
}
