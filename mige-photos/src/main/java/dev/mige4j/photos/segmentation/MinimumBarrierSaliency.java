package dev.mige4j.photos.segmentation;

import dev.mige4j.image.Image;
import java.util.Arrays;

/**
 * Saliency without a model: how much a pixel differs from the border of the image along the best path to it.
 *
 * <pre>
 *   saliency(p) = sum over channels of  min over paths from the border to p of  (max - min of the channel on the path)
 * </pre>
 *
 * <p>Background that reaches the border is low even if its colours change slowly. Three raster scans approximate the
 * minimum. Source: Zhang et al., "Minimum Barrier Salient Object Detection at 80 FPS", ICCV 2015, section 3; in sRGB
 * instead of Lab, and without the later stages.
 */
final class MinimumBarrierSaliency {

    private final int width, height;
    private final int[] values, distance, highest, lowest;

    private MinimumBarrierSaliency(int width, int height) {
        this.width = width;
        this.height = height;
        values = new int[width * height];
        distance = new int[values.length];
        highest = new int[values.length];
        lowest = new int[values.length];
    }

    /** The saliency of each pixel, from 0 to 1. */
    static MaskMap of(Image image) {
        byte[] rgb = image.rgb();
        float[] sum = new float[rgb.length / 3];
        MinimumBarrierSaliency channel = new MinimumBarrierSaliency(image.width(), image.height());
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < sum.length; i++) channel.values[i] = rgb[3 * i + c] & 255;
            channel.compute();
            for (int i = 0; i < sum.length; i++) sum[i] += channel.distance[i];
        }
        return new MaskMap(image.width(), image.height(), sum).rescale();
    }

    private void compute() {
        System.arraycopy(values, 0, highest, 0, values.length);
        System.arraycopy(values, 0, lowest, 0, values.length);
        Arrays.fill(distance, Integer.MAX_VALUE);
        for (int i = 0; i < values.length; i++) {
            int x = i % width, y = i / width;
            if (x == 0 || y == 0 || x == width - 1 || y == height - 1) distance[i] = 0;
        }
        scanForward();
        scanBackward();
        scanForward();
    }

    private void scanForward() {
        for (int y = 0, i = 0; y < height; y++)
            for (int x = 0; x < width; x++, i++) {
                if (x > 0) relax(i, i - 1);
                if (y > 0) relax(i, i - width);
            }
    }

    private void scanBackward() {
        for (int y = height - 1, i = values.length - 1; y >= 0; y--)
            for (int x = width - 1; x >= 0; x--, i--) {
                if (x < width - 1) relax(i, i + 1);
                if (y < height - 1) relax(i, i + width);
            }
    }

    /** Takes the path by way of a neighbour if it is better. */
    private void relax(int pixel, int neighbour) {
        int high = Math.max(highest[neighbour], values[pixel]), low = Math.min(lowest[neighbour], values[pixel]);
        if (distance[neighbour] == Integer.MAX_VALUE || high - low >= distance[pixel]) return;
        distance[pixel] = high - low;
        highest[pixel] = high;
        lowest[pixel] = low;
    }
}
