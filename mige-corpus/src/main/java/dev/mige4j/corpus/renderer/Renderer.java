package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Draws a {@link dev.mige4j.corpus.specification.SceneSpec}: sky, land, things from far to near with their shadows,
 * weather, filter.
 *
 * <p>Each layer draws its chances from a stream of its own, named after the layer, so two specifications that differ in
 * one field differ in their pixels only where that field matters. Thread-safe.
 */
public final class Renderer {

    /** A drawn picture [size*size*3] and what can be seen of each thing, by its id [size*size]. */
    public record RenderedScene(int size, byte[] rgb, Map<Integer, float[]> visibility) {}

    private final SpriteStore sprites;
    private final BackgroundCache backgrounds;

    public Renderer(SpriteStore sprites, BackgroundCache backgrounds) {
        this.sprites = sprites;
        this.backgrounds = backgrounds;
    }

    /** The picture of a specification at the size of the lands. */
    public RenderedScene render(SceneSpec spec) {
        return new RenderPass(spec).run();
    }

    /** A thing alone, centred, over one grey level (0 black .. 255 white). */
    public byte[] renderCutout(ObjectSpec object, int size, int background) {
        PlacedSprite sprite = PlacedSprite.of(sprites.get(object.concept(), object.iconSet()), object, size);
        byte[] rgb = new byte[3 * size * size];
        java.util.Arrays.fill(rgb, (byte) background);
        int left = (size - sprite.width) / 2, top = (size - sprite.height) / 2;
        for (int y = 0; y < sprite.height; y++)
            for (int x = 0; x < sprite.width; x++) {
                int from = y * sprite.width + x, px = left + x, py = top + y;
                float a = sprite.alpha[from];
                if (a == 0 || px < 0 || py < 0 || px >= size || py >= size) continue;
                int to = 3 * (py * size + px);
                rgb[to] = (byte) (int) (background + (sprite.red[from] - background) * a + 0.5f);
                rgb[to + 1] = (byte) (int) (background + (sprite.green[from] - background) * a + 0.5f);
                rgb[to + 2] = (byte) (int) (background + (sprite.blue[from] - background) * a + 0.5f);
            }
        return rgb;
    }

    private final class RenderPass {
        final SceneSpec spec;
        final Scene scene;
        final Lighting lighting;
        final int n = backgrounds.size();
        final float[] red = new float[n * n], green = new float[n * n], blue = new float[n * n];
        final Map<Integer, float[]> visibility = new HashMap<>();

        RenderPass(SceneSpec spec) {
            this.spec = spec;
            scene = Scene.byName(spec.scene());
            lighting = Lighting.of(scene, spec.timeOfDay(), spec.weather(), RandomStream.named(spec.seed(), "light"));
        }

        RenderedScene run() {
            Background background = backgrounds.get(scene, spec.seed());
            boolean mirrored = RandomStream.named(spec.seed(), "flip").bernoulli(0.5);
            drawSky(background, mirrored);
            drawBackground(background, mirrored);
            for (ObjectSpec o : spec.objects().stream()
                    .sorted(Comparator.comparingDouble(ObjectSpec::depth))
                    .collect(Collectors.toList())) drawObject(o);
            drawWeather();
            if (spec.filter() != null) StyleFilter.byName(spec.filter()).apply(n, red, green, blue, spec.seed());
            byte[] rgb = new byte[3 * n * n];
            for (int i = 0; i < n * n; i++) {
                rgb[3 * i] = toByte(red[i]);
                rgb[3 * i + 1] = toByte(green[i]);
                rgb[3 * i + 2] = toByte(blue[i]);
            }
            return new RenderedScene(n, rgb, visibility);
        }

        private byte toByte(float v) {
            return (byte) Math.max(0, Math.min(255, (int) (v + 0.5f)));
        }

        private void blend(int i, int rgb, double t) {
            red[i] += (float) (((rgb >> 16 & 255) - red[i]) * t);
            green[i] += (float) (((rgb >> 8 & 255) - green[i]) * t);
            blue[i] += (float) (((rgb & 255) - blue[i]) * t);
        }

        // ---- behind

        private void drawSky(Background background, boolean mirrored) {
            if (scene.environment() == Scene.Environment.INDOORS) return;
            boolean[] skyMask = new boolean[n * n];
            int lowest = 0;
            for (int y = 0; y < n; y++)
                for (int x = 0; x < n; x++)
                    if ((background.coverage()[y * n + (mirrored ? n - 1 - x : x)] & 255) < 255) {
                        skyMask[y * n + x] = true;
                        lowest = y + 1;
                    }
            double skyBottom = scene.environment() == Scene.Environment.WATER ? 0.9 : scene.horizon();
            for (int y = 0; y < lowest; y++) {
                double t = Math.min(1, (y + 0.5) / n / skyBottom);
                int c = t < 0.55
                        ? Painter.mix(lighting.skyTop(), lighting.skyMiddle(), t / 0.55)
                        : Painter.mix(lighting.skyMiddle(), lighting.skyBottom(), (t - 0.55) / 0.45);
                for (int x = 0; x < n; x++) {
                    int i = y * n + x;
                    red[i] = c >> 16;
                    green[i] = c >> 8 & 255;
                    blue[i] = c & 255;
                }
            }
            RandomStream random = RandomStream.named(spec.seed(), "sky");
            if (scene.environment() == Scene.Environment.WATER) {
                drawLightRays(random, skyMask);
                return;
            }
            if (scene.environment() == Scene.Environment.SPACE) drawNebula(skyMask);
            int stars = scene.environment() == Scene.Environment.SPACE ? 150 : 70;
            if (lighting.starsVisible())
                for (int k = 0; k < stars; k++) {
                    double u = random.nextDouble(),
                            v = random.nextDouble() * scene.horizon(),
                            brightness = random.uniform(0.3, 1),
                            r = random.uniform(0.003, 0.0065);
                    drawDisc(u, v, r, 0xffffff, brightness, 0.8);
                }
            if (lighting.sunColour() != 0) {
                boolean night = spec.timeOfDay().equals("night");
                drawDisc(
                        lighting.sunU(),
                        lighting.sunV(),
                        night ? 0.20 : 0.34,
                        night ? 0x8fa0d8 : lighting.sunColour(),
                        night ? 0.30 : 0.5,
                        1);
                drawDisc(lighting.sunU(), lighting.sunV(), night ? 0.052 : 0.06, lighting.sunColour(), 1, 0.12);
                if (night) {
                    drawDisc(lighting.sunU() - 0.014, lighting.sunV() - 0.012, 0.011, 0xd5d3bd, 0.7, 0.3);
                    drawDisc(lighting.sunU() + 0.018, lighting.sunV() + 0.012, 0.014, 0xd5d3bd, 0.7, 0.3);
                }
            }
            if (scene.environment() == Scene.Environment.SPACE) return;
            RandomStream cloudRandom = RandomStream.named(spec.seed(), "clouds");
            boolean overcast = lighting.sunColour() == 0;
            for (int k = 0; k < 9; k++) {
                double u = cloudRandom.uniform(-0.05, 1.05),
                        v = scene.horizon() * cloudRandom.uniform(0.12, 0.7),
                        w = cloudRandom.uniform(0.10, 0.19),
                        strength = cloudRandom.uniform(0.65, 0.95);
                long puffSeed = cloudRandom.nextLong();
                if (k < 4 || overcast)
                    drawCloud(u, v, w, strength * (spec.weather().equals("fog") ? 0.3 : 1), puffSeed);
            }
        }

        private void drawCloud(double u, double v, double w, double strength, long puffSeed) {
            int shadow = Painter.mix(lighting.cloudColour(), lighting.skyMiddle(), 0.35);
            for (int pass = 0; pass < 2; pass++) {
                RandomStream puffRandom = RandomStream.named(puffSeed, "puff");
                for (int k = 0; k < 6; k++) {
                    double t = (k - 2.5) / 3, r = w * (0.42 - 0.22 * t * t) * puffRandom.uniform(0.85, 1.15);
                    if (pass == 0) drawPuff(u + t * w, v + 0.012, r, r * 0.55, shadow, strength * 0.55);
                    else drawPuff(u + t * w, v - r * 0.28, r, r * 0.6, lighting.cloudColour(), strength);
                }
            }
        }

        private void drawPuff(double u, double v, double ru, double rv, int rgb, double strength) {
            for (int y = Math.max(0, (int) ((v - rv) * n)); y <= Math.min(n - 1, (v + rv) * n); y++)
                for (int x = Math.max(0, (int) ((u - ru) * n)); x <= Math.min(n - 1, (u + ru) * n); x++) {
                    double a = ((x + 0.5) / n - u) / ru, b = ((y + 0.5) / n - v) / rv, d = a * a + b * b;
                    if (d < 1) blend(y * n + x, rgb, strength * Math.min(1, (1 - d) * 1.5));
                }
        }

        /** A disc whose rim fades over {@code blur} of its radius; at a blur of 1 a glow. */
        private void drawDisc(double u, double v, double r, int rgb, double strength, double blur) {
            double rim = Math.max(r, 0.6 / n);
            for (int y = Math.max(0, (int) ((v - rim) * n)); y <= Math.min(n - 1, (v + rim) * n); y++)
                for (int x = Math.max(0, (int) ((u - rim) * n)); x <= Math.min(n - 1, (u + rim) * n); x++) {
                    double a = (x + 0.5) / n - u, b = (y + 0.5) / n - v, d = Math.sqrt(a * a + b * b) / rim;
                    if (d < 1) {
                        double t = Math.min(1, (1 - d) / blur);
                        blend(y * n + x, rgb, strength * (blur == 1 ? t * t : t));
                    }
                }
        }

        private void drawNebula(boolean[] skyMask) {
            long seed = spec.seed() * 31 + 7;
            for (int y = 0; y < n; y++)
                for (int x = 0; x < n; x++)
                    if (skyMask[y * n + x]) {
                        double u = (double) x / n,
                                v = (double) y / n,
                                a = ValueNoise.fractal(u * 3, v * 3, 3, seed),
                                b = ValueNoise.at(u * 2.2 + 9, v * 2.2, seed + 50);
                        blend(y * n + x, b > 0.5 ? 0x8a3fa0 : 0x3f5fc0, Math.max(0, a - 0.42) * 1.7);
                    }
        }

        private void drawLightRays(RandomStream random, boolean[] skyMask) {
            double[] positions = new double[5], slants = new double[5];
            for (int k = 0; k < 5; k++) {
                positions[k] = random.nextDouble();
                slants[k] = random.uniform(-0.25, 0.25);
            }
            for (int y = 0; y < n; y++)
                for (int x = 0; x < n; x++)
                    if (skyMask[y * n + x]) {
                        double u = (double) x / n, v = (double) y / n, sum = 0;
                        for (int k = 0; k < 5; k++) {
                            double d = Math.abs(u - positions[k] - slants[k] * v) / (0.03 + 0.06 * v);
                            if (d < 1) sum += (1 - d) * Math.max(0, 1 - v * 1.2);
                        }
                        blend(y * n + x, 0xd8f6ff, Math.min(0.45, 0.24 * sum));
                    }
        }

        private void drawBackground(Background background, boolean mirrored) {
            byte[] rgb = background.rgb();
            double[] hazeByDepth = new double[256];
            for (int k = 0; k < 256; k++) hazeByDepth[k] = lighting.hazeAt(k / 255.0);
            float hr = lighting.hazeColour() >> 16,
                    hg = lighting.hazeColour() >> 8 & 255,
                    hb = lighting.hazeColour() & 255;
            for (int y = 0; y < n; y++)
                for (int x = 0; x < n; x++) {
                    int from = y * n + (mirrored ? n - 1 - x : x),
                            to = y * n + x,
                            c = background.coverage()[from] & 255;
                    if (c == 0) continue;
                    double r = rgb[3 * from] & 255, g = rgb[3 * from + 1] & 255, b = rgb[3 * from + 2] & 255;
                    if (lighting.snowing()) {
                        double s = (background.snowCover()[from] & 255) / 255.0;
                        r += (243 - r) * s;
                        g += (246 - g) * s;
                        b += (251 - b) * s;
                    }
                    double lamp = lighting.lampStrength() * (background.nightGlow()[from] & 255) / 255.0;
                    double warm = b > r ? 0.75 : 0.08;
                    double lr = r + (255 - r) * warm, lg = g + (214 - g) * warm, lb = b + (128 - b) * warm;
                    double haze = hazeByDepth[background.depth()[from] & 255];
                    r *= lighting.tintRed();
                    g *= lighting.tintGreen();
                    b *= lighting.tintBlue();
                    r += (hr - r) * haze;
                    g += (hg - g) * haze;
                    b += (hb - b) * haze;
                    if (lamp > 0) {
                        r += (lr - r) * lamp;
                        g += (lg - g) * lamp;
                        b += (lb - b) * lamp;
                    }
                    double t = c / 255.0;
                    red[to] += (float) ((r - red[to]) * t);
                    green[to] += (float) ((g - green[to]) * t);
                    blue[to] += (float) ((b - blue[to]) * t);
                }
        }

        // ---- things

        private void drawObject(ObjectSpec object) {
            PlacedSprite sprite = PlacedSprite.of(sprites.get(object.concept(), object.iconSet()), object, n);
            boolean floating = object.y() != null;
            sprite.left = (int) Math.round(object.x() * n - sprite.width / 2.0);
            int margin = Math.max(1, n / 64);
            sprite.left =
                    Math.max(Math.min(margin, n - sprite.width), Math.min(n - sprite.width - margin, sprite.left));
            int baseline = (int) Math.round(scene.baselineAt(object.depth()) * n);
            sprite.top = floating ? (int) Math.round(object.y() * n - sprite.height / 2.0) : baseline - sprite.height;
            sprite.top = Math.max(Math.min(margin, n - sprite.height), sprite.top);
            if (!floating) baseline = sprite.top + sprite.height;
            if (!floating) drawShadows(sprite, baseline);
            applyLighting(sprite, object, floating);
            float[] coverage = new float[n * n];
            for (int y = 0; y < sprite.height; y++)
                for (int x = 0; x < sprite.width; x++) {
                    int from = y * sprite.width + x, px = sprite.left + x, py = sprite.top + y;
                    float a = sprite.alpha[from];
                    if (a == 0 || px < 0 || py < 0 || px >= n || py >= n) continue;
                    int to = py * n + px;
                    red[to] += (sprite.red[from] - red[to]) * a;
                    green[to] += (sprite.green[from] - green[to]) * a;
                    blue[to] += (sprite.blue[from] - blue[to]) * a;
                    for (float[] otherVisibility : visibility.values()) otherVisibility[to] *= 1 - a;
                    coverage[to] = a;
                }
            visibility.put(object.id(), coverage);
            if (!floating && scene.ground() == Scene.GroundType.GRASS) drawGrassTufts(object, sprite, baseline);
        }

        private void drawShadows(PlacedSprite sprite, int baseline) {
            int x0 = sprite.width, x1 = 0;
            for (int y = (int) (sprite.height * 0.93); y < sprite.height; y++)
                for (int x = 0; x < sprite.width; x++)
                    if (sprite.alpha[y * sprite.width + x] > 0.3f) {
                        x0 = Math.min(x0, x);
                        x1 = Math.max(x1, x);
                    }
            if (x1 < x0) return;
            drawCastShadow(sprite, baseline);
            double cx = sprite.left + (x0 + x1 + 1) / 2.0,
                    rx = (x1 - x0 + 1) * 0.62 + 0.02 * n,
                    ry = Math.max(0.014 * n, rx * 0.16),
                    cy = baseline - ry * 0.25;
            for (int y = Math.max(0, (int) (cy - ry)); y <= Math.min(n - 1, cy + ry); y++)
                for (int x = Math.max(0, (int) (cx - rx)); x <= Math.min(n - 1, cx + rx); x++) {
                    double a = (x + 0.5 - cx) / rx, b = (y + 0.5 - cy) / ry, d = a * a + b * b;
                    if (d < 1)
                        blend(y * n + x, 0x10142c, (0.22 + 0.55 * lighting.shadowStrength()) * (1 - d) * (1 - d) * 1.3);
                }
        }

        /** The silhouette laid on the ground towards the viewer, leaning away from the light, fading with distance. */
        private void drawCastShadow(PlacedSprite sprite, int baseline) {
            double length = 0.3 * sprite.height,
                    lean =
                            Math.max(-1.2, Math.min(1.2, (sprite.left + sprite.width / 2.0) / n - lighting.sunU()))
                                    * 1.6;
            int step = Math.max(1, n / 64);
            for (int y = baseline - step; y < Math.min(n, baseline + length); y++) {
                if (y < 0) continue;
                double t = Math.max(0, (y + 0.5 - baseline) / length),
                        strength = lighting.shadowStrength() * (1 - 0.75 * t) * (y < baseline ? 0.6 : 1);
                int row = (int) (sprite.height * (1 - t * 0.999)) - 1;
                double shift = lean * t * length;
                int x0 = (int) Math.floor(sprite.left + Math.min(0, shift)) - 2 * step,
                        x1 = (int) Math.ceil(sprite.left + sprite.width + Math.max(0, shift)) + 2 * step;
                for (int x = Math.max(0, x0); x < Math.min(n, x1); x++) {
                    float sum = 0;
                    for (int j = -1; j <= 1; j++)
                        for (int i = -2; i <= 2; i++) {
                            int sx = (int) Math.round(x - sprite.left - shift) + i * step, sy = row + 3 * j * step;
                            if (sx >= 0 && sx < sprite.width && sy >= 0 && sy < sprite.height)
                                sum += sprite.alpha[sy * sprite.width + sx];
                        }
                    if (sum > 0) blend(y * n + x, 0x12183a, strength * sum / 15);
                }
            }
        }

        private void applyLighting(PlacedSprite sprite, ObjectSpec object, boolean floating) {
            double side = Math.max(-1, Math.min(1, (lighting.sunU() - (sprite.left + sprite.width / 2.0) / n) * 3));
            double haze = lighting.hazeAt(
                            lighting.fogDensity() > 0.5
                                    ? 0.05 + 0.35 * (1 - object.depth())
                                    : 0.1 + 0.3 * (1 - object.depth()))
                    * (scene.environment() == Scene.Environment.WATER ? 2.2 : 1);
            float hr = lighting.hazeColour() >> 16,
                    hg = lighting.hazeColour() >> 8 & 255,
                    hb = lighting.hazeColour() & 255;
            if (lighting.snowing()) addSnowCaps(sprite);
            for (int y = 0; y < sprite.height; y++)
                for (int x = 0; x < sprite.width; x++) {
                    int i = y * sprite.width + x;
                    if (sprite.alpha[i] == 0) continue;
                    double v = (y + 0.5) / sprite.height, k = 1 + 0.09 * side * (2 * (x + 0.5) / sprite.width - 1);
                    if (!floating && v > 0.75) k *= 1 - 0.16 * (v - 0.75) / 0.25;
                    double r = sprite.red[i] * k * lighting.tintRed(),
                            g = sprite.green[i] * k * lighting.tintGreen(),
                            b = sprite.blue[i] * k * lighting.tintBlue();
                    sprite.red[i] = (float) (r + (hr - r) * haze);
                    sprite.green[i] = (float) (g + (hg - g) * haze);
                    sprite.blue[i] = (float) (b + (hb - b) * haze);
                }
        }

        /** Snow on the upper edges. */
        private void addSnowCaps(PlacedSprite sprite) {
            int thickness = Math.max(2, (int) (0.055 * sprite.height));
            for (int x = 0; x < sprite.width; x++) {
                int surfaceRow = -1;
                double depth = thickness * (0.7 + 0.6 * ValueNoise.at(x * 12.0 / sprite.width, 3, 77));
                for (int y = 0; y < sprite.height; y++) {
                    int i = y * sprite.width + x;
                    if (sprite.alpha[i] < 0.5f) surfaceRow = -1;
                    else if (surfaceRow < 0) surfaceRow = y;
                    if (surfaceRow < 0 || surfaceRow > sprite.height * 0.8) continue;
                    double t = Math.max(0, Math.min(1, depth - (y - surfaceRow)));
                    if (t == 0) continue;
                    sprite.red[i] += (float) ((246 - sprite.red[i]) * t * 0.92);
                    sprite.green[i] += (float) ((248 - sprite.green[i]) * t * 0.92);
                    sprite.blue[i] += (float) ((252 - sprite.blue[i]) * t * 0.92);
                }
            }
        }

        /** Blades of grass over the feet, in the colour of the ground before them. */
        private void drawGrassTufts(ObjectSpec object, PlacedSprite sprite, int baseline) {
            RandomStream random = RandomStream.named(spec.seed() * 1000003 + object.id(), "tufts");
            int groundRow = Math.min(n - 1, baseline + Math.max(2, n / 40));
            int count = Math.max(4, sprite.width * 40 / n);
            for (int k = 0; k < count; k++) {
                double x = sprite.left + sprite.width * random.uniform(0.06, 0.94),
                        height = n * random.uniform(0.010, 0.030),
                        lean = random.uniform(-0.5, 0.5) * height,
                        width = n * 0.006 + 0.3,
                        tone = random.uniform(0.8, 1.05);
                int root = Math.min(n - 1, baseline + (int) (n * 0.008));
                int groundIndex = groundRow * n + Math.max(0, Math.min(n - 1, (int) x));
                int c = Painter.shade(
                        clampToByteRange(red[groundIndex]) << 16
                                | clampToByteRange(green[groundIndex]) << 8
                                | clampToByteRange(blue[groundIndex]),
                        tone);
                for (int y = Math.max(0, (int) (root - height)); y <= root; y++) {
                    double t = (root - y) / height, cx = x + lean * t * t, half = width * (1 - t) * 0.7;
                    for (int px = Math.max(0, (int) (cx - half)); px <= Math.min(n - 1, cx + half); px++) {
                        int i = y * n + px;
                        double a = Math.max(0, Math.min(1, half + 0.5 - Math.abs(px + 0.5 - cx)));
                        blend(i, c, a * 0.85);
                        for (float[] m : visibility.values()) m[i] *= (float) (1 - a * 0.85);
                    }
                }
            }
        }

        private int clampToByteRange(float v) {
            return Math.max(0, Math.min(255, (int) (v + 0.5f)));
        }

        // ---- in front

        private void drawWeather() {
            if (lighting.raining()) {
                RandomStream random = RandomStream.named(spec.seed(), "rain");
                for (int k = 0; k < 110; k++) {
                    double u = random.uniform(-0.05, 1.1),
                            v = random.uniform(-0.1, 1),
                            l = random.uniform(0.05, 0.11),
                            strength = random.uniform(0.25, 0.6);
                    int steps = Math.max(2, (int) (l * n));
                    for (int i = 0; i < steps; i++) {
                        double x = (u - 0.22 * l * i / steps) * n, y = v * n + i;
                        int ix = (int) Math.floor(x), iy = (int) y;
                        double f = x - ix;
                        if (iy < 0 || iy >= n) continue;
                        if (ix >= 0 && ix < n) blend(iy * n + ix, 0xdbe6f2, strength * (1 - f));
                        if (ix + 1 >= 0 && ix + 1 < n) blend(iy * n + ix + 1, 0xdbe6f2, strength * f);
                    }
                }
            }
            if (lighting.snowing()) {
                RandomStream random = RandomStream.named(spec.seed(), "flakes");
                for (int k = 0; k < 110; k++)
                    drawDisc(
                            random.nextDouble(),
                            random.nextDouble(),
                            random.uniform(0.005, 0.013),
                            0xffffff,
                            random.uniform(0.65, 1),
                            0.5);
            }
            if (scene.environment() == Scene.Environment.WATER) {
                RandomStream random = RandomStream.named(spec.seed(), "bubbles");
                for (int k = 0; k < 14; k++) {
                    double u = random.nextDouble(), v = random.uniform(0.05, 0.9), r = random.uniform(0.006, 0.014);
                    drawDisc(u, v, r, 0xd8f6ff, 0.4, 0.5);
                    drawDisc(u - r * 0.3, v - r * 0.3, r * 0.4, 0xffffff, 0.8, 0.5);
                }
            }
        }
    }
}
