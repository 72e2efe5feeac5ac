package mige.data;

/**
 * One drawing with transparency, cropped to what is visible: premultiplied ARGB at several sizes, each half the one before.
 *
 * @param concept name of what is drawn
 * @param set     name of the package's drawings, which is the style
 */
record Sprite(String concept, String set, int width, int height, Level[] levels) {

    /** Pixels of one size. */
    record Level(int width, int height, int[] argb) { }

    /** Builds the smaller sizes from the full one. */
    static Sprite of(String concept, String set, int w, int h, int[] argb) {
        java.util.List<Level> levels = new java.util.ArrayList<>();
        levels.add(new Level(w, h, argb));
        while (Math.max(w, h) > 24 && Math.min(w, h) > 1) {
            Level next = half(levels.get(levels.size() - 1));
            levels.add(next);
            w = next.width();
            h = next.height();
        }
        return new Sprite(concept, set, levels.get(0).width(), levels.get(0).height(), levels.toArray(new Level[0]));
    }

    /** The same drawing without its largest size. */
    Sprite halved() {
        if (levels.length == 1) return this;
        return new Sprite(concept, set, levels[1].width(), levels[1].height(), java.util.Arrays.copyOfRange(levels, 1, levels.length));
    }

    /** Mean brightness of what is visible, 0..255. */
    double brightness() {
        double sum = 0, weight = 1e-9;
        for (int p : levels[levels.length - 1].argb()) {
            sum += 0.30 * (p >> 16 & 255) + 0.59 * (p >> 8 & 255) + 0.11 * (p & 255);
            weight += (p >>> 24) / 255.0;
        }
        return sum / weight;
    }

    private static Level half(Level from) {
        int w = (from.width + 1) / 2, h = (from.height + 1) / 2;
        int[] to = new int[w * h];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                int a = 0, r = 0, g = 0, b = 0;
                for (int k = 0; k < 4; k++) {
                    int sx = 2 * x + (k & 1), sy = 2 * y + (k >> 1);
                    if (sx >= from.width || sy >= from.height) continue;
                    int p = from.argb[sy * from.width + sx];
                    a += p >>> 24;
                    r += p >> 16 & 255;
                    g += p >> 8 & 255;
                    b += p & 255;
                }
                to[y * w + x] = a + 2 >> 2 << 24 | r + 2 >> 2 << 16 | g + 2 >> 2 << 8 | b + 2 >> 2;
            }
        }
        return new Level(w, h, to);
    }

    /** The smallest level that is at least {@code scale} times the full size. */
    Level level(double scale) {
        int i = 0;
        while (i + 1 < levels.length && levels[i + 1].width >= scale * width) i++;
        return levels[i];
    }
}
