package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.sprites.Sprite;

/**
 * An object's sprite in its final size and pose: planes [width*height] of colours 0..255 (not premultiplied) and alpha
 * 0..1, and the position of the top left corner in pixels.
 */
final class PlacedSprite {

    final int width, height;
    final float[] alpha, red, green, blue;
    int left, top;

    PlacedSprite(int width, int height) {
        this.width = width;
        this.height = height;
        alpha = new float[width * height];
        red = new float[width * height];
        green = new float[width * height];
        blue = new float[width * height];
    }

    /**
     * The extent of a posed sprite, in the unit of the image size.
     *
     * @param scale factor from sprite pixels
     * @param width width before rotation and shear
     * @param height height before rotation and shear
     * @param boundsWidth width of the bounding rectangle after rotation and shear
     * @param boundsHeight height of the bounding rectangle
     */
    record SpriteExtent(double scale, double width, double height, double boundsWidth, double boundsHeight) {

        /** The extent in an image of this size; at most 0.94 of it wide and 0.86 high. */
        static SpriteExtent of(Sprite sprite, ObjectSpec object, double imageSize) {
            double scale = object.size() * imageSize / Math.sqrt((double) sprite.width() * sprite.height());
            double angle = Math.toRadians(object.rotation()), cos = StrictMath.cos(angle), sin = StrictMath.sin(angle);
            double w = sprite.width() * scale, h = sprite.height() * scale;
            double boundsWidth = (w + Math.abs(object.shear()) * h) * Math.abs(cos) + h * Math.abs(sin),
                    boundsHeight = w * Math.abs(sin) + h * Math.abs(cos);
            double fit = Math.min(1, Math.min(0.94 * imageSize / boundsWidth, 0.86 * imageSize / boundsHeight));
            return new SpriteExtent(scale * fit, w * fit, h * fit, boundsWidth * fit, boundsHeight * fit);
        }
    }

    /** The recoloured sprite of an object; off the grid at position (0, 0), on the grid in its box. */
    static PlacedSprite of(Sprite sprite, ObjectSpec object, int imageSize) {
        PlacedSprite result = object.onGrid()
                ? scaledTo(GridBox.of(sprite, object, imageSize), sprite, object)
                : posed(sprite, object, imageSize);
        Recolouring.apply(object, result);
        return result;
    }

    private static PlacedSprite scaledTo(GridBox box, Sprite sprite, ObjectSpec object) {
        PlacedSprite result = new PlacedSprite(box.width(), box.height());
        double scale = (double) Math.max(box.width(), box.height()) / Math.max(sprite.width(), sprite.height());
        result.sample(sprite.levelFor(scale), box.width(), box.height(), 1, 0, 0, object.flip());
        result.left = box.left();
        result.top = box.top();
        return result;
    }

    /** The sprite scaled, sheared and rotated, cropped to its visible part. */
    private static PlacedSprite posed(Sprite sprite, ObjectSpec object, int imageSize) {
        double angle = Math.toRadians(object.rotation()), cos = StrictMath.cos(angle), sin = StrictMath.sin(angle);
        SpriteExtent extent = SpriteExtent.of(sprite, object, imageSize);
        PlacedSprite full =
                new PlacedSprite((int) Math.ceil(extent.boundsWidth) + 2, (int) Math.ceil(extent.boundsHeight) + 2);
        full.sample(
                sprite.levelFor(extent.scale), extent.width, extent.height, cos, sin, object.shear(), object.flip());
        return full.cropped();
    }

    /** Samples a sprite of w x h pixels in the middle of this one. */
    private void sample(Sprite.MipLevel level, double w, double h, double cos, double sin, double shear, boolean flip) {
        double toLevelX = level.width() / w, toLevelY = level.height() / h;
        double cx = width / 2.0, cy = height / 2.0;
        int[] argb = level.argb();
        int levelWidth = level.width(), levelHeight = level.height();
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                double a = 0, r = 0, g = 0, b = 0;
                // four samples per pixel, each interpolated bilinearly
                for (int sub = 0; sub < 4; sub++) {
                    double dx = x + 0.25 + 0.5 * (sub & 1) - cx, dy = y + 0.25 + 0.5 * (sub >> 1) - cy;
                    double px = dx * cos + dy * sin, py = -dx * sin + dy * cos;
                    px += shear * py;
                    if (flip) px = -px;
                    double lx = (px + w / 2) * toLevelX - 0.5, ly = (py + h / 2) * toLevelY - 0.5;
                    if (lx <= -1 || ly <= -1 || lx >= levelWidth || ly >= levelHeight) continue;
                    int ix = (int) Math.floor(lx), iy = (int) Math.floor(ly);
                    double fx = lx - ix, fy = ly - iy;
                    for (int c = 0; c < 4; c++) {
                        int qx = ix + (c & 1), qy = iy + (c >> 1);
                        if (qx < 0 || qy < 0 || qx >= levelWidth || qy >= levelHeight) continue;
                        int p = argb[qy * levelWidth + qx];
                        if (p == 0) continue;
                        double t = ((c & 1) == 0 ? 1 - fx : fx) * (c < 2 ? 1 - fy : fy);
                        a += t * (p >>> 24);
                        r += t * (p >> 16 & 255);
                        g += t * (p >> 8 & 255);
                        b += t * (p & 255);
                    }
                }
                if (a < 4) continue;
                int i = y * width + x;
                alpha[i] = (float) Math.min(1, a / 1020);
                red[i] = (float) (r / a * 255);
                green[i] = (float) (g / a * 255);
                blue[i] = (float) (b / a * 255);
            }
    }

    private PlacedSprite cropped() {
        int x0 = width, y0 = height, x1 = -1, y1 = -1;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                if (alpha[y * width + x] > 0.1f) {
                    x0 = Math.min(x0, x);
                    x1 = Math.max(x1, x);
                    y0 = Math.min(y0, y);
                    y1 = Math.max(y1, y);
                }
        if (x1 < 0) return new PlacedSprite(1, 1);
        PlacedSprite result = new PlacedSprite(x1 - x0 + 1, y1 - y0 + 1);
        for (int y = 0; y < result.height; y++) {
            int from = (y + y0) * width + x0, to = y * result.width;
            System.arraycopy(alpha, from, result.alpha, to, result.width);
            System.arraycopy(red, from, result.red, to, result.width);
            System.arraycopy(green, from, result.green, to, result.width);
            System.arraycopy(blue, from, result.blue, to, result.width);
        }
        return result;
    }
}
