package dev.mige4j.photos.annotation;

/** The connected parts of a mask, where pixels are connected to their four neighbours. */
public final class ConnectedComponents {

    private ConnectedComponents() {}

    /** The largest part of a mask; of several, the first in reading order. The mask itself if it is empty. */
    public static BinaryMask largest(BinaryMask mask) {
        int width = mask.width();
        byte[] pixels = mask.toBytes(), seen = new byte[pixels.length];
        int[] queue = new int[pixels.length];
        int largest = 0, start = -1;
        for (int i = 0; i < pixels.length; i++) {
            int size = flood(pixels, width, i, seen, queue, true);
            if (size <= largest) continue;
            largest = size;
            start = i;
        }
        if (start < 0) return mask;
        byte[] part = new byte[pixels.length];
        flood(pixels, width, start, part, queue, true);
        return BinaryMask.of(width, mask.height(), part);
    }

    /**
     * Marks the connected pixels around pixel {@code start} that are inside the mask, or outside of it.
     *
     * @param mask [height, width]; all but 0 belong to the mask
     * @param reached [height, width]; what is found becomes 1, and pixels that are 1 already are not entered
     * @param queue scratch space, as long as the mask
     * @param inside whether the pixels of the mask are connected, or the others
     * @return the number of pixels that became 1
     */
    static int flood(byte[] mask, int width, int start, byte[] reached, int[] queue, boolean inside) {
        if (reached[start] != 0 || (mask[start] != 0) != inside) return 0;
        int head = 0, tail = 1;
        queue[0] = start;
        reached[start] = 1;
        while (head < tail) {
            int i = queue[head++], x = i % width;
            int[] neighbours = {i - width, i + width, x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1};
            for (int next : neighbours) {
                if (next < 0 || next >= mask.length || reached[next] != 0 || (mask[next] != 0) != inside) continue;
                reached[next] = 1;
                queue[tail++] = next;
            }
        }
        return tail;
    }
}
