package dev.mige4j.corpus.sprites;

/**
 * One drawing with transparency, cropped to what is visible: premultiplied ARGB at several sizes, each half the one
 * before.
 *
 * @param concept name of what is drawn
 * @param iconSet name of the package's drawings, which is the style
 */
public record Sprite(String concept, String iconSet, int width, int height, MipLevel[] mipLevels) {

    /** Pixels of one size. */
    public record MipLevel(int width, int height, int[] argb) {}

    /** Builds the smaller sizes from the full one. */
    public static Sprite of(String concept, String iconSet, int w, int h, int[] argb) {
        java.util.List<MipLevel> levels = new java.util.ArrayList<>();
        levels.add(new MipLevel(w, h, argb));
        while (Math.max(w, h) > 24 && Math.min(w, h) > 1) {
            MipLevel next = downsample(levels.get(levels.size() - 1));
            levels.add(next);
            w = next.width();
            h = next.height();
        }
        return new Sprite(
                concept, iconSet, levels.get(0).width(), levels.get(0).height(), levels.toArray(new MipLevel[0]));
    }

    /** The same drawing without its largest size. */
    public Sprite halved() {
        if (mipLevels.length == 1) return this;
        return new Sprite(
                concept,
                iconSet,
                mipLevels[1].width(),
                mipLevels[1].height(),
                java.util.Arrays.copyOfRange(mipLevels, 1, mipLevels.length));
    }

    /** Mean brightness of what is visible, 0..255. */
    public double brightness() {
        double sum = 0, weight = 1e-9;
        for (int pixel : mipLevels[mipLevels.length - 1].argb()) {
            sum += 0.30 * (pixel >> 16 & 255) + 0.59 * (pixel >> 8 & 255) + 0.11 * (pixel & 255);
            weight += (pixel >>> 24) / 255.0;
        }
        return sum / weight;
    }

    private static MipLevel downsample(MipLevel source) {
        int w = (source.width + 1) / 2, h = (source.height + 1) / 2;
        int[] pixels = new int[w * h];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                int a = 0, r = 0, g = 0, b = 0;
                for (int k = 0; k < 4; k++) {
                    int sx = 2 * x + (k & 1), sy = 2 * y + (k >> 1);
                    if (sx >= source.width || sy >= source.height) continue;
                    int p = source.argb[sy * source.width + sx];
                    a += p >>> 24;
                    r += p >> 16 & 255;
                    g += p >> 8 & 255;
                    b += p & 255;
                }
                pixels[y * w + x] = a + 2 >> 2 << 24 | r + 2 >> 2 << 16 | g + 2 >> 2 << 8 | b + 2 >> 2;
            }
        }
        return new MipLevel(w, h, pixels);
    }

    /** The smallest level that is at least {@code scale} times the full size. */
    public MipLevel levelFor(double scale) {
        int i = 0;
        while (i + 1 < mipLevels.length && mipLevels[i + 1].width >= scale * width) i++;
        return mipLevels[i];
    }
}
