package dev.mige4j.corpus.renderer;

/** The shadow of a standing object: a contact shadow at its feet and a cast shadow away from the sun. */
final class ObjectShadow {

    private ObjectShadow() {}

    /** {@code baseline} is the row below the feet. */
    static void draw(RenderTarget target, PlacedSprite sprite, int baseline, Lighting lighting) {
        int x0 = sprite.width, x1 = 0;
        for (int y = (int) (sprite.height * 0.93); y < sprite.height; y++)
            for (int x = 0; x < sprite.width; x++)
                if (sprite.alpha[y * sprite.width + x] > 0.3f) {
                    x0 = Math.min(x0, x);
                    x1 = Math.max(x1, x);
                }
        if (x1 < x0) return;
        drawCastShadow(target, sprite, baseline, lighting);
        int n = target.size;
        double cx = sprite.left + (x0 + x1 + 1) / 2.0,
                rx = (x1 - x0 + 1) * 0.62 + 0.02 * n,
                ry = Math.max(0.014 * n, rx * 0.16),
                cy = baseline - ry * 0.25;
        double strength = 0.22 + 0.55 * lighting.shadowStrength();
        for (int y = Math.max(0, (int) (cy - ry)); y <= Math.min(n - 1, cy + ry); y++)
            for (int x = Math.max(0, (int) (cx - rx)); x <= Math.min(n - 1, cx + rx); x++) {
                double a = (x + 0.5 - cx) / rx, b = (y + 0.5 - cy) / ry, d = a * a + b * b;
                if (d < 1) target.blend(y * n + x, 0x10142c, strength * (1 - d) * (1 - d) * 1.3);
            }
    }

    /** The silhouette projected onto the ground towards the viewer, leaning away from the sun, fading with distance. */
    private static void drawCastShadow(RenderTarget target, PlacedSprite sprite, int baseline, Lighting lighting) {
        int n = target.size, step = Math.max(1, n / 64);
        double length = 0.3 * sprite.height;
        double sunOffset =
                (sprite.left + sprite.width / 2.0) / n - lighting.sun().u();
        double lean = Math.max(-1.2, Math.min(1.2, sunOffset)) * 1.6;
        for (int y = baseline - step; y < Math.min(n, baseline + length); y++) {
            if (y < 0) continue;
            double t = Math.max(0, (y + 0.5 - baseline) / length),
                    strength = lighting.shadowStrength() * (1 - 0.75 * t) * (y < baseline ? 0.6 : 1);
            int row = (int) (sprite.height * (1 - t * 0.999)) - 1;
            double shift = lean * t * length;
            int x0 = (int) Math.floor(sprite.left + Math.min(0, shift)) - 2 * step,
                    x1 = (int) Math.ceil(sprite.left + sprite.width + Math.max(0, shift)) + 2 * step;
            for (int x = Math.max(0, x0); x < Math.min(n, x1); x++) {
                float sum = blurredAlpha(sprite, (int) Math.round(x - sprite.left - shift), row, step);
                if (sum > 0) target.blend(y * n + x, 0x12183a, strength * sum / 15);
            }
        }
    }

    /** Sum of alpha over 5 x 3 samples around a point of the sprite. */
    private static float blurredAlpha(PlacedSprite sprite, int x, int y, int step) {
        float sum = 0;
        for (int j = -1; j <= 1; j++)
            for (int i = -2; i <= 2; i++) {
                int sx = x + i * step, sy = y + 3 * j * step;
                if (sx >= 0 && sx < sprite.width && sy >= 0 && sy < sprite.height)
                    sum += sprite.alpha[sy * sprite.width + sx];
            }
        return sum;
    }
}
