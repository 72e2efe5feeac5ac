package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.sprites.Sprite;

/**
 * The box of an object that is {@link ObjectSpec#onGrid}, in whole pixels: its longest side is the object's size, and
 * its corner lies on a grid of 16 x 16 cells.
 *
 * <pre>
 *   scale = size · n / max(spriteWidth, spriteHeight)
 *   left  = round((x · n - width / 2) / (n / 16)) · (n / 16),  top likewise
 * </pre>
 *
 * <p>A standing object has its centre at 0.375 + 0.5 · depth of the image height in every scene. So two objects of one
 * sprite and size lie whole cells apart, wherever they are.
 */
record GridBox(int left, int top, int width, int height) {

    private static final int CELLS = 16;

    /** The box in an image of n x n pixels; it is moved inwards where it would leave the image. */
    static GridBox of(Sprite sprite, ObjectSpec object, int n) {
        double scale = object.size() * n / Math.max(sprite.width(), sprite.height());
        int width = Math.max(1, (int) Math.round(sprite.width() * scale)),
                height = Math.max(1, (int) Math.round(sprite.height() * scale));
        double y = object.y() != null ? object.y() : 0.375 + 0.5 * object.depth();
        return new GridBox(snap(object.x(), width, n), snap(y, height, n), width, height);
    }

    private static int snap(double centre, int length, int n) {
        double cell = (double) n / CELLS;
        long cells = Math.round((centre * n - length / 2.0) / cell), last = (long) Math.floor((n - length) / cell);
        return (int) Math.round(Math.max(0, Math.min(last, cells)) * cell);
    }
}
