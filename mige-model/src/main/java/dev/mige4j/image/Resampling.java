package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Image resizing, bit-exact with Pillow ({@code Resample.c}): the filter is widened when shrinking; the horizontal pass
 * comes first, its result is rounded to 8 bits, then the vertical pass; weights have 22 fractional bits.
 *
 * <pre>
 *   c = (i + 1/2)·in/out,  s = max(in/out, 1)
 *   pixel i = Σ w_x·p_x / Σ w_x   with   w_x = f((x - c + 1/2) / s),  |x - c| within support·s
 * </pre>
 *
 * <p>The networks were trained on images resized this way; the JDK's scaling gives other values. Source:
 * docs/specification/encoder.md section 11.
 */
public enum Resampling {

    /** {@code f(t) = 1 - |t|}. */
    BILINEAR(1) {
        @Override
        double kernel(double t) {
            return t < 1 ? 1 - t : 0;
        }
    },

    /** Keys' cubic with a = -1/2. */
    BICUBIC(2) {
        @Override
        double kernel(double t) {
            if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
            return t < 2 ? (((t - 5) * t + 8) * t - 4) * -0.5 : 0;
        }
    };
    private static final int PRECISION_BITS = 22, ROUNDING = 1 << (PRECISION_BITS - 1);

    /** Passes over fewer pixels than this are not worth the threads. */
    private static final int PARALLEL_SIZE = 1 << 20;

    private final double support;

    Resampling(double support) {
        this.support = support;
    }

    /** The filter at distance {@code t >= 0}. */
    abstract double kernel(double t);

    /** Resizes an image, composited on black, to {@code width x height}. */
    public Image resize(Image image, int width, int height) {
        return resize(image, width, height, 0, 0, width, height);
    }

    /**
     * Resizes an image, composited on black, to {@code width x height} and crops {@code cropWidth x cropHeight} at
     * (left, top). Only the cropped part is computed.
     *
     * @throws UsageException when the crop is not inside the resized image
     */
    public Image resize(Image image, int width, int height, int left, int top, int cropWidth, int cropHeight) {
        if (left < 0
                || top < 0
                || cropWidth < 1
                || cropHeight < 1
                || left + cropWidth > width
                || top + cropHeight > height)
            throw new UsageException(
                    "The box at (%d, %d) of %d x %d pixels is not inside the resized image of %d x %d pixels.",
                    left, top, cropWidth, cropHeight, width, height);
        FilterTaps rows = computeTaps(image.height(), height, top, cropHeight);
        byte[] narrow = resampleHorizontal(
                image, rows, computeTaps(image.width(), width, left, cropWidth)); // [rows used, cropWidth, 3]
        return Image.wrap(cropWidth, cropHeight, resampleVertical(narrow, rows, 3 * cropWidth));
    }

    /** For each output: its first input, the number of inputs, and their weights, {@code maxTaps} entries each. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record FilterTaps(int[] first, int[] count, int[] weights, int maxTaps, boolean identity) {
        int begin() {
            return first[0];
        }

        int end() {
            int last = first.length - 1;
            return first[last] + count[last];
        }
    }

    private FilterTaps computeTaps(int inputSize, int outputSize, int offset, int size) {
        int[] first = new int[size], count = new int[size];
        if (inputSize == outputSize) { // like Pillow, skip a pass that changes nothing
            for (int i = 0; i < size; i++) {
                first[i] = offset + i;
                count[i] = 1;
            }
            return new FilterTaps(first, count, new int[0], 1, true);
        }
        double scale = (double) inputSize / outputSize,
                stretch = Math.max(scale, 1),
                radius = support * stretch,
                shrink = 1 / stretch;
        int maxTaps = (int) Math.ceil(radius) * 2 + 1;
        int[] weights = new int[Math.multiplyExact(size, maxTaps)];
        double[] exactWeights = new double[maxTaps];
        for (int i = 0; i < size; i++) {
            double centre = (offset + i + 0.5) * scale, sum = 0;
            int low = Math.max((int) (centre - radius + 0.5), 0),
                    high = Math.min((int) (centre + radius + 0.5), inputSize);
            for (int x = 0; x < high - low; x++) {
                exactWeights[x] = kernel(Math.abs((x + low - centre + 0.5) * shrink));
                sum += exactWeights[x];
            }
            for (int x = 0; x < high - low; x++) {
                double fixedPoint = (sum != 0 ? exactWeights[x] / sum : exactWeights[x]) * (1 << PRECISION_BITS);
                weights[i * maxTaps + x] = (int) (fixedPoint < 0 ? fixedPoint - 0.5 : fixedPoint + 0.5);
            }
            first[i] = low;
            count[i] = high - low;
        }
        return new FilterTaps(first, count, weights, maxTaps, false);
    }

    private static byte[] resampleHorizontal(Image image, FilterTaps rows, FilterTaps columns) {
        int width = columns.first.length, begin = rows.begin(), rowCount = rows.end() - begin;
        byte[] output = new byte[Math.multiplyExact(3 * width, rowCount)];
        forEachRow(rowCount, image.width() + width, y -> {
            byte[] row = new byte[3 * image.width()];
            image.copyRow(begin + y, row);
            if (columns.identity) System.arraycopy(row, 3 * columns.begin(), output, 3 * y * width, 3 * width);
            else resampleRow(row, columns, output, 3 * y * width);
        });
        return output;
    }

    private static void resampleRow(byte[] row, FilterTaps columns, byte[] output, int to) {
        for (int x = 0, out = to; x < columns.first.length; x++) {
            int red = ROUNDING, green = red, blue = red;
            int position = 3 * columns.first[x], tap = x * columns.maxTaps;
            for (int last = tap + columns.count[x]; tap < last; tap++, position += 3) {
                int weight = columns.weights[tap];
                red += weight * (row[position] & 255);
                green += weight * (row[position + 1] & 255);
                blue += weight * (row[position + 2] & 255);
            }
            output[out++] = clamp(red);
            output[out++] = clamp(green);
            output[out++] = clamp(blue);
        }
    }

    private static byte[] resampleVertical(byte[] input, FilterTaps rows, int stride) {
        if (rows.identity) return input;
        int rowCount = rows.first.length, begin = rows.begin();
        byte[] output = new byte[Math.multiplyExact(stride, rowCount)];
        forEachRow(rowCount, stride, y -> {
            int[] sum = new int[stride];
            Arrays.fill(sum, ROUNDING);
            for (int k = 0; k < rows.count[y]; k++) {
                int weight = rows.weights[y * rows.maxTaps + k], position = (rows.first[y] - begin + k) * stride;
                for (int x = 0; x < stride; x++) sum[x] += weight * (input[position + x] & 255);
            }
            for (int x = 0; x < stride; x++) output[y * stride + x] = clamp(sum[x]);
        });
        return output;
    }

    /** On all cores for large images; each row is computed by itself. */
    private static void forEachRow(int rowCount, int rowSize, IntConsumer row) {
        IntStream rows = IntStream.range(0, rowCount);
        ((long) rowCount * rowSize < PARALLEL_SIZE ? rows : rows.parallel()).forEach(row);
    }

    private static byte clamp(int sum) {
        return (byte) Math.max(0, Math.min(255, sum >> PRECISION_BITS));
    }
}
