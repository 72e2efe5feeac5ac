package dev.mige4j.photos.annotation;

import dev.mige4j.common.UsageException;

/** Morphological operations on masks. */
public final class MaskMorphology {

    private MaskMorphology() {}

    /**
     * All pixels whose distance from a pixel of the mask is at most {@code radius} pixels: dilation with a disk.
     *
     * @throws UsageException when the radius is negative
     */
    public static BinaryMask dilate(BinaryMask mask, int radius) {
        if (radius < 0) throw new UsageException("The radius of a dilation is %d, expected 0 or more.", radius);
        int width = mask.width(), height = mask.height();
        int[] rows = rowsToMask(mask.toBytes(), width, height);
        byte[] dilated = new byte[rows.length];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] > radius) continue;
            int reach = (int) Math.sqrt((double) radius * radius - (double) rows[i] * rows[i]);
            int x = i % width, row = i - x;
            for (int u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) dilated[row + u] = 1;
        }
        return BinaryMask.of(width, height, dilated);
    }

    /** For each pixel, the number of rows to the nearest pixel of the mask in its column; large if there is none. */
    private static int[] rowsToMask(byte[] mask, int width, int height) {
        int far = Integer.MAX_VALUE / 2;
        int[] rows = new int[mask.length];
        for (int i = 0; i < rows.length; i++)
            rows[i] = mask[i] != 0 ? 0 : i < width ? far : Math.min(far, rows[i - width] + 1);
        for (int i = width * (height - 1) - 1; i >= 0; i--) rows[i] = Math.min(rows[i], rows[i + width] + 1);
        return rows;
    }

    /** The mask with its holes: the pixels that no path of neighbours outside the mask connects to the border. */
    public static BinaryMask fillHoles(BinaryMask mask) {
        int width = mask.width(), height = mask.height();
        byte[] pixels = mask.toBytes(), outside = new byte[pixels.length];
        int[] queue = new int[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            int x = i % width, y = i / width;
            if (x == 0 || y == 0 || x == width - 1 || y == height - 1)
                ConnectedComponents.flood(pixels, width, i, outside, queue, false);
        }
        for (int i = 0; i < pixels.length; i++) pixels[i] = (byte) (1 - outside[i]);
        return BinaryMask.of(width, height, pixels);
    }
}
