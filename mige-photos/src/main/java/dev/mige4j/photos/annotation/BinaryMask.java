package dev.mige4j.photos.annotation;

import dev.mige4j.common.UsageException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/** An immutable set of pixels of an image, one bit a pixel. Masks with the same size and pixels are equal. */
public final class BinaryMask {

    private final int width, height;
    private final BitSet pixels; // y * width + x

    private BinaryMask(int width, int height, BitSet pixels) {
        if (width < 1 || height < 1)
            throw new UsageException("A mask of %d x %d has no pixels; both sides must be at least 1.", width, height);
        this.width = width;
        this.height = height;
        this.pixels = pixels;
    }

    /**
     * A mask of bytes [height, width]; all but 0 belong to it.
     *
     * @throws UsageException when a side is less than 1 or the number of bytes is not {@code width * height}
     */
    public static BinaryMask of(int width, int height, byte[] bytes) {
        if (bytes.length != (long) width * height)
            throw new UsageException(
                    "A mask of %d x %d needs %d bytes, got %d.", width, height, (long) width * height, bytes.length);
        BitSet pixels = new BitSet(bytes.length);
        for (int i = 0; i < bytes.length; i++) if (bytes[i] != 0) pixels.set(i);
        return new BinaryMask(width, height, pixels);
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /** Whether the pixel belongs to the mask. */
    public boolean contains(int x, int y) {
        return pixels.get(y * width + x);
    }

    /** The number of pixels. */
    public int area() {
        return pixels.cardinality();
    }

    /** The share of the image, from 0 to 1. */
    public double coverage() {
        return area() / ((double) width * height);
    }

    /** The smallest box around the pixels; empty if the mask has none. */
    public Optional<PixelBox> box() {
        if (pixels.isEmpty()) return Optional.empty();
        int left = width, right = -1;
        for (int i = pixels.nextSetBit(0); i >= 0; i = pixels.nextSetBit(i + 1)) {
            int x = i % width;
            left = Math.min(left, x);
            right = Math.max(right, x);
        }
        int top = pixels.nextSetBit(0) / width, bottom = (pixels.length() - 1) / width;
        return Optional.of(new PixelBox(left, top, right - left + 1, bottom - top + 1));
    }

    /** Bytes [height, width], 255 for pixels of the mask, 0 for others. */
    public byte[] toBytes() {
        byte[] bytes = new byte[width * height];
        for (int i = pixels.nextSetBit(0); i >= 0; i = pixels.nextSetBit(i + 1)) bytes[i] = (byte) 255;
        return bytes;
    }

    /** The mask for an image of another size: each pixel takes the value of the nearest one. */
    public BinaryMask resize(int newWidth, int newHeight) {
        if (newWidth == width && newHeight == height) return this;
        byte[] bytes = new byte[Math.multiplyExact(newWidth, newHeight)];
        for (int y = 0, i = 0; y < newHeight; y++) {
            int row = (int) ((2L * y + 1) * height / (2L * newHeight));
            for (int x = 0; x < newWidth; x++, i++)
                if (contains((int) ((2L * x + 1) * width / (2L * newWidth)), row)) bytes[i] = (byte) 255;
        }
        return of(newWidth, newHeight, bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BinaryMask mask
                && mask.width == width
                && mask.height == height
                && mask.pixels.equals(pixels);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(new int[] {width, height, pixels.hashCode()});
    }

    @Override
    public String toString() {
        return "BinaryMask[%dx%d, %d pixels]".formatted(width, height, area());
    }
}
