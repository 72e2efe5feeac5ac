package dev.mige4j.corpus.renderer;

/**
 * The painted ground and scenery of one layout of a scene, before light and weather: colour [size*size*3], how much of
 * the sky it covers, depth, snow that would lie on it, glow at night (each [size*size], 0..255).
 */
record Background(int size, byte[] rgb, byte[] coverage, byte[] depth, byte[] snowCover, byte[] nightGlow) {

    static final int BYTES_PER_PIXEL = 7;

    /** All planes in one array, for a file. */
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

    static Background fromBytes(int size, byte[] bytes) {
        int n = size * size;
        return new Background(
                size,
                java.util.Arrays.copyOf(bytes, 3 * n),
                java.util.Arrays.copyOfRange(bytes, 3 * n, 4 * n),
                java.util.Arrays.copyOfRange(bytes, 4 * n, 5 * n),
                java.util.Arrays.copyOfRange(bytes, 5 * n, 6 * n),
                java.util.Arrays.copyOfRange(bytes, 6 * n, 7 * n));
    }
}
