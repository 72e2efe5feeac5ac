package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.Scene.Environment;
import dev.mige4j.corpus.specification.SceneSpec;

/** Draws the sky behind the background: sun, stars and clouds, or light rays under water. Draws nothing indoors. */
final class SkyLayer {

    private final SceneSpec spec;
    private final Scene scene;
    private final Lighting lighting;

    SkyLayer(SceneSpec spec, Scene scene, Lighting lighting) {
        this.spec = spec;
        this.scene = scene;
        this.lighting = lighting;
    }

    void draw(RenderTarget target, Background background) {
        if (scene.environment() == Environment.INDOORS) return;
        boolean[] skyMask = skyMask(background);
        drawGradient(target, skyMask);
        RandomStream random = RandomStream.named(spec.seed(), "sky");
        if (scene.environment() == Environment.WATER) {
            drawLightRays(target, skyMask, random);
            return;
        }
        if (scene.environment() == Environment.SPACE) drawNebula(target, skyMask);
        if (lighting.sky().starsVisible()) drawStars(target, random);
        if (lighting.sun().colour() != 0) drawSun(target);
        if (scene.environment() != Environment.SPACE) drawClouds(target);
    }

    /** Where the background does not fully cover the sky. */
    private static boolean[] skyMask(Background background) {
        boolean[] mask = new boolean[background.coverage().length];
        for (int i = 0; i < mask.length; i++) mask[i] = (background.coverage()[i] & 255) < 255;
        return mask;
    }

    private void drawGradient(RenderTarget target, boolean[] skyMask) {
        int n = target.size, lowest = 0;
        for (int i = 0; i < n * n; i++) if (skyMask[i]) lowest = i / n + 1;
        double skyBottom = scene.environment() == Environment.WATER ? 0.9 : scene.horizon();
        Lighting.Sky sky = lighting.sky();
        for (int y = 0; y < lowest; y++) {
            double t = Math.min(1, (y + 0.5) / n / skyBottom);
            int rgb = t < 0.55
                    ? Painter.mix(sky.top(), sky.middle(), t / 0.55)
                    : Painter.mix(sky.middle(), sky.bottom(), (t - 0.55) / 0.45);
            for (int i = y * n; i < (y + 1) * n; i++) {
                target.red[i] = rgb >> 16;
                target.green[i] = rgb >> 8 & 255;
                target.blue[i] = rgb & 255;
            }
        }
    }

    private void drawStars(RenderTarget target, RandomStream random) {
        int stars = scene.environment() == Environment.SPACE ? 150 : 70;
        for (int k = 0; k < stars; k++) {
            double u = random.nextDouble(),
                    v = random.nextDouble() * scene.horizon(),
                    brightness = random.uniform(0.3, 1),
                    r = random.uniform(0.003, 0.0065);
            target.drawDisc(u, v, r, 0xffffff, brightness, 0.8);
        }
    }

    /** The sun, or the moon with two spots at night, in a glow. */
    private void drawSun(RenderTarget target) {
        double u = lighting.sun().u(), v = lighting.sun().v();
        int colour = lighting.sun().colour();
        if (spec.timeOfDay().equals("night")) {
            target.drawDisc(u, v, 0.20, 0x8fa0d8, 0.30, 1);
            target.drawDisc(u, v, 0.052, colour, 1, 0.12);
            target.drawDisc(u - 0.014, v - 0.012, 0.011, 0xd5d3bd, 0.7, 0.3);
            target.drawDisc(u + 0.018, v + 0.012, 0.014, 0xd5d3bd, 0.7, 0.3);
        } else {
            target.drawDisc(u, v, 0.34, colour, 0.5, 1);
            target.drawDisc(u, v, 0.06, colour, 1, 0.12);
        }
    }

    /** Four clouds, nine when the sun is hidden; all nine are sampled, so that the first four never change. */
    private void drawClouds(RenderTarget target) {
        RandomStream random = RandomStream.named(spec.seed(), "clouds");
        boolean overcast = lighting.sun().colour() == 0;
        double opacity = spec.weather().equals("fog") ? 0.3 : 1;
        for (int k = 0; k < 9; k++) {
            double u = random.uniform(-0.05, 1.05),
                    v = scene.horizon() * random.uniform(0.12, 0.7),
                    width = random.uniform(0.10, 0.19),
                    strength = random.uniform(0.65, 0.95);
            long puffSeed = random.nextLong();
            if (k < 4 || overcast) drawCloud(target, u, v, width, strength * opacity, puffSeed);
        }
    }

    private void drawCloud(RenderTarget target, double u, double v, double width, double strength, long puffSeed) {
        int cloud = lighting.sky().cloud(),
                shadow = Painter.mix(cloud, lighting.sky().middle(), 0.35);
        for (int pass = 0; pass < 2; pass++) {
            RandomStream random = RandomStream.named(puffSeed, "puff");
            for (int k = 0; k < 6; k++) {
                double t = (k - 2.5) / 3, r = width * (0.42 - 0.22 * t * t) * random.uniform(0.85, 1.15);
                if (pass == 0) drawPuff(target, u + t * width, v + 0.012, r, r * 0.55, shadow, strength * 0.55);
                else drawPuff(target, u + t * width, v - r * 0.28, r, r * 0.6, cloud, strength);
            }
        }
    }

    private static void drawPuff(
            RenderTarget target, double u, double v, double ru, double rv, int rgb, double strength) {
        int n = target.size;
        for (int y = Math.max(0, (int) ((v - rv) * n)); y <= Math.min(n - 1, (v + rv) * n); y++)
            for (int x = Math.max(0, (int) ((u - ru) * n)); x <= Math.min(n - 1, (u + ru) * n); x++) {
                double a = ((x + 0.5) / n - u) / ru, b = ((y + 0.5) / n - v) / rv, d = a * a + b * b;
                if (d < 1) target.blend(y * n + x, rgb, strength * Math.min(1, (1 - d) * 1.5));
            }
    }

    private void drawNebula(RenderTarget target, boolean[] skyMask) {
        int n = target.size;
        long seed = spec.seed() * 31 + 7;
        for (int i = 0; i < n * n; i++) {
            if (!skyMask[i]) continue;
            int x = i % n, y = i / n;
            double u = (double) x / n, v = (double) y / n;
            double density = ValueNoise.fractal(u * 3, v * 3, 3, seed),
                    hue = ValueNoise.at(u * 2.2 + 9, v * 2.2, seed + 50);
            target.blend(i, hue > 0.5 ? 0x8a3fa0 : 0x3f5fc0, Math.max(0, density - 0.42) * 1.7);
        }
    }

    private static void drawLightRays(RenderTarget target, boolean[] skyMask, RandomStream random) {
        int n = target.size;
        double[] positions = new double[5], slants = new double[5];
        for (int k = 0; k < 5; k++) {
            positions[k] = random.nextDouble();
            slants[k] = random.uniform(-0.25, 0.25);
        }
        for (int i = 0; i < n * n; i++) {
            if (!skyMask[i]) continue;
            int x = i % n, y = i / n;
            double u = (double) x / n, v = (double) y / n, sum = 0;
            for (int k = 0; k < 5; k++) {
                double d = Math.abs(u - positions[k] - slants[k] * v) / (0.03 + 0.06 * v);
                if (d < 1) sum += (1 - d) * Math.max(0, 1 - v * 1.2);
            }
            target.blend(i, 0xd8f6ff, Math.min(0.45, 0.24 * sum));
        }
    }
}
