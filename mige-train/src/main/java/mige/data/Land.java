package mige.data;

/**
 * The painted ground and scenery of one layout of a scene, before light and weather: colour [size*size*3], how much of
 * the sky it covers, depth, snow that would lie on it, glow at night (each [size*size], 0..255).
 */
record Land(int size, byte[] rgb, byte[] cover, byte[] depth, byte[] snow, byte[] glow) {

    static final int BYTES = 7;

    /** All planes in one array, for a file. */
    byte[] pack() {
        byte[] all = new byte[BYTES * size * size];
        int n = size * size;
        System.arraycopy(rgb, 0, all, 0, 3 * n);
        System.arraycopy(cover, 0, all, 3 * n, n);
        System.arraycopy(depth, 0, all, 4 * n, n);
        System.arraycopy(snow, 0, all, 5 * n, n);
        System.arraycopy(glow, 0, all, 6 * n, n);
        return all;
    }

    static Land unpack(int size, byte[] all) {
        int n = size * size;
        return new Land(size, java.util.Arrays.copyOf(all, 3 * n), java.util.Arrays.copyOfRange(all, 3 * n, 4 * n),
                java.util.Arrays.copyOfRange(all, 4 * n, 5 * n), java.util.Arrays.copyOfRange(all, 5 * n, 6 * n), java.util.Arrays.copyOfRange(all, 6 * n, 7 * n));
    }
}
