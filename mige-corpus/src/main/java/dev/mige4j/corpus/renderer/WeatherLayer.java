package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;

/** Draws the weather in front of the objects: rain, snowflakes, or bubbles under water. */
final class WeatherLayer {

    private final SceneSpec spec;
    private final Scene scene;
    private final Lighting lighting;

    WeatherLayer(SceneSpec spec, Scene scene, Lighting lighting) {
        this.spec = spec;
        this.scene = scene;
        this.lighting = lighting;
    }

    void draw(RenderTarget target) {
        if (lighting.precipitation().raining()) drawRain(target, RandomStream.named(spec.seed(), "rain"));
        if (lighting.precipitation().snowing()) drawSnow(target, RandomStream.named(spec.seed(), "flakes"));
        if (scene.environment() == Scene.Environment.WATER)
            drawBubbles(target, RandomStream.named(spec.seed(), "bubbles"));
    }

    private static void drawRain(RenderTarget target, RandomStream random) {
        int n = target.size;
        for (int k = 0; k < 110; k++) {
            double u = random.uniform(-0.05, 1.1),
                    v = random.uniform(-0.1, 1),
                    length = random.uniform(0.05, 0.11),
                    strength = random.uniform(0.25, 0.6);
            int steps = Math.max(2, (int) (length * n));
            for (int i = 0; i < steps; i++) {
                double x = (u - 0.22 * length * i / steps) * n, y = v * n + i;
                int ix = (int) Math.floor(x), iy = (int) y;
                double f = x - ix;
                if (iy < 0 || iy >= n) continue;
                if (ix >= 0 && ix < n) target.blend(iy * n + ix, 0xdbe6f2, strength * (1 - f));
                if (ix + 1 >= 0 && ix + 1 < n) target.blend(iy * n + ix + 1, 0xdbe6f2, strength * f);
            }
        }
    }

    private static void drawSnow(RenderTarget target, RandomStream random) {
        for (int k = 0; k < 110; k++)
            target.drawDisc(
                    random.nextDouble(),
                    random.nextDouble(),
                    random.uniform(0.005, 0.013),
                    0xffffff,
                    random.uniform(0.65, 1),
                    0.5);
    }

    private static void drawBubbles(RenderTarget target, RandomStream random) {
        for (int k = 0; k < 14; k++) {
            double u = random.nextDouble(), v = random.uniform(0.05, 0.9), r = random.uniform(0.006, 0.014);
            target.drawDisc(u, v, r, 0xd8f6ff, 0.4, 0.5);
            target.drawDisc(u - r * 0.3, v - r * 0.3, r * 0.4, 0xffffff, 0.8, 0.5);
        }
    }
}
