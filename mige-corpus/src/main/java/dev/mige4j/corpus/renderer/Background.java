package dev.mige4j.corpus.renderer;

import java.util.Arrays;

/**
 * The painted background of a scene in one layout, before lighting and weather. All planes are [size*size], 0..255.
 *
 * @param rgb colour [size*size*3]
 * @param coverage opacity over the sky
 * @param depth 0 near .. 255 far, for haze
 * @param snowCover opacity of the snow in snowy weather
 * @param nightGlow lamp light at night
 */
@SuppressWarnings("ArrayRecordComponent") // backgrounds are not compared
record Background(int size, byte[] rgb, byte[] coverage, byte[] depth, byte[] snowCover, byte[] nightGlow) {

    static final int BYTES_PER_PIXEL = 7;

    /** The background mirrored horizontally. */
    Background mirrored() {
        return new Background(
                size,
                mirror(rgb, 3),
                mirror(coverage, 1),
                mirror(depth, 1),
                mirror(snowCover, 1),
                mirror(nightGlow, 1));
    }

    private byte[] mirror(byte[] plane, int channels) {
        byte[] result = new byte[plane.length];
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
                System.arraycopy(
                        plane, channels * (y * size + size - 1 - x), result, channels * (y * size + x), channels);
        return result;
    }

    /** All planes in one array of {@code BYTES_PER_PIXEL * size * size} bytes. */
    byte[] toBytes() {
        byte[] bytes = new byte[BYTES_PER_PIXEL * size * size];
        int n = size * size;
        System.arraycopy(rgb, 0, bytes, 0, 3 * n);
        System.arraycopy(coverage, 0, bytes, 3 * n, n);
        System.arraycopy(depth, 0, bytes, 4 * n, n);
        System.arraycopy(snowCover, 0, bytes, 5 * n, n);
        System.arraycopy(nightGlow, 0, bytes, 6 * n, n);
        return bytes;
    }

    /** The background of {@link #toBytes}; further bytes are ignored. */
    static Background fromBytes(int size, byte[] bytes) {
        int n = size * size;
        return new Background(
                size,
                Arrays.copyOf(bytes, 3 * n),
                Arrays.copyOfRange(bytes, 3 * n, 4 * n),
                Arrays.copyOfRange(bytes, 4 * n, 5 * n),
                Arrays.copyOfRange(bytes, 5 * n, 6 * n),
                Arrays.copyOfRange(bytes, 6 * n, 7 * n));
    }
}
