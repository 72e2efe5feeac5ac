package dev.mige4j.corpus.sprites;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An icon as pixels with transparency, cropped to its visible part, with mip levels for scaling.
 *
 * @param concept name of the concept that it shows
 * @param iconSet name of the icon set, which determines the style
 * @param width width of the largest level in pixels
 * @param height height of the largest level
 * @param mipLevels each level has half the size of the one before
 */
@SuppressWarnings("ArrayRecordComponent") // sprites are not compared
public record Sprite(String concept, String iconSet, int width, int height, MipLevel[] mipLevels) {

    /** Pixels of one size; {@code argb} [width*height] is premultiplied ARGB. */
    @SuppressWarnings("ArrayRecordComponent") // levels are not compared
    public record MipLevel(int width, int height, int[] argb) {

        private MipLevel downsampled() {
            int w = (width + 1) / 2, h = (height + 1) / 2;
            int[] pixels = new int[w * h];
            for (int y = 0; y < h; y++) for (int x = 0; x < w; x++) pixels[y * w + x] = meanOfFour(2 * x, 2 * y);
            return new MipLevel(w, h, pixels);
        }

        /** The mean of 2 x 2 pixels; transparent outside. */
        private int meanOfFour(int x, int y) {
            int a = 0, r = 0, g = 0, b = 0;
            for (int sy = y; sy < Math.min(y + 2, height); sy++)
                for (int sx = x; sx < Math.min(x + 2, width); sx++) {
                    int pixel = argb[sy * width + sx];
                    a += pixel >>> 24;
                    r += pixel >> 16 & 255;
                    g += pixel >> 8 & 255;
                    b += pixel & 255;
                }
            return ((a + 2) / 4) << 24 | ((r + 2) / 4) << 16 | ((g + 2) / 4) << 8 | ((b + 2) / 4);
        }
    }

    /** A sprite of w x h premultiplied ARGB pixels; computes its mip levels. */
    public static Sprite of(String concept, String iconSet, int w, int h, int[] argb) {
        List<MipLevel> levels = new ArrayList<>();
        MipLevel level = new MipLevel(w, h, argb);
        levels.add(level);
        while (Math.max(level.width, level.height) > 24 && Math.min(level.width, level.height) > 1) {
            level = level.downsampled();
            levels.add(level);
        }
        return new Sprite(concept, iconSet, w, h, levels.toArray(new MipLevel[0]));
    }

    /** The sprite without its largest mip level. */
    public Sprite halved() {
        if (mipLevels.length == 1) return this;
        MipLevel half = mipLevels[1];
        return new Sprite(
                concept, iconSet, half.width, half.height, Arrays.copyOfRange(mipLevels, 1, mipLevels.length));
    }

    /** Mean brightness of the visible pixels, 0..255. */
    public double brightness() {
        double sum = 0, weight = 1e-9;
        for (int pixel : mipLevels[mipLevels.length - 1].argb) {
            sum += 0.30 * (pixel >> 16 & 255) + 0.59 * (pixel >> 8 & 255) + 0.11 * (pixel & 255);
            weight += (pixel >>> 24) / 255.0;
        }
        return sum / weight;
    }

    /** The smallest level that is at least {@code scale} times as wide as the sprite. */
    public MipLevel levelFor(double scale) {
        int i = 0;
        while (i + 1 < mipLevels.length && mipLevels[i + 1].width >= scale * width) i++;
        return mipLevels[i];
    }
}
