package mige.data;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Draws a {@link SceneSpec}: sky, land, things from far to near with their shadows, weather, filter.
 *
 * <p>Each layer draws its chances from a stream of its own, named after the layer, so two specifications that differ in one
 * field differ in their pixels only where that field matters. Thread-safe.
 */
final class Renderer {

    /** A drawn picture [size*size*3] and what can be seen of each thing, by its id [size*size]. */
    record Frame(int size, byte[] rgb, Map<Integer, float[]> seen) { }

    private final Sprites sprites;
    private final Lands lands;

    Renderer(Sprites sprites, Lands lands) {
        this.sprites = sprites;
        this.lands = lands;
    }

    /** The picture of a specification at the size of the lands. */
    Frame draw(SceneSpec spec) {
        return new Drawing(spec).finish();
    }

    /** A thing alone, centred, over one grey level (0 black .. 255 white). */
    byte[] cutOut(ObjectSpec o, int size, int ground) {
        Stamp s = Stamp.of(sprites.get(o.concept(), o.set()), o, size);
        byte[] rgb = new byte[3 * size * size];
        java.util.Arrays.fill(rgb, (byte) ground);
        int left = (size - s.width) / 2, top = (size - s.height) / 2;
        for (int y = 0; y < s.height; y++) for (int x = 0; x < s.width; x++) {
            int from = y * s.width + x, px = left + x, py = top + y;
            float a = s.alpha[from];
            if (a == 0 || px < 0 || py < 0 || px >= size || py >= size) continue;
            int to = 3 * (py * size + px);
            rgb[to] = (byte) (int) (ground + (s.red[from] - ground) * a + 0.5f);
            rgb[to + 1] = (byte) (int) (ground + (s.green[from] - ground) * a + 0.5f);
            rgb[to + 2] = (byte) (int) (ground + (s.blue[from] - ground) * a + 0.5f);
        }
        return rgb;
    }

    private final class Drawing {
        final SceneSpec spec;
        final Scene scene;
        final Light light;
        final int n = lands.size();
        final float[] red = new float[n * n], green = new float[n * n], blue = new float[n * n];
        final Map<Integer, float[]> seen = new HashMap<>();

        Drawing(SceneSpec spec) {
            this.spec = spec;
            scene = Scene.named(spec.scene());
            light = Light.of(scene, spec.timeOfDay(), spec.weather(), Dice.of(spec.seed(), "light"));
        }

        Frame finish() {
            Land land = lands.of(scene, spec.seed());
            boolean flip = Dice.of(spec.seed(), "flip").chance(0.5);
            sky(land, flip);
            cover(land, flip);
            for (ObjectSpec o : spec.objects().stream().sorted(Comparator.comparingDouble(ObjectSpec::depth)).collect(Collectors.toList())) stand(o);
            weather();
            if (spec.filter() != null) Filter.named(spec.filter()).apply(n, red, green, blue, spec.seed());
            byte[] rgb = new byte[3 * n * n];
            for (int i = 0; i < n * n; i++) {
                rgb[3 * i] = clamp(red[i]);
                rgb[3 * i + 1] = clamp(green[i]);
                rgb[3 * i + 2] = clamp(blue[i]);
            }
            return new Frame(n, rgb, seen);
        }

        private byte clamp(float v) {
            return (byte) Math.max(0, Math.min(255, (int) (v + 0.5f)));
        }

        private void blend(int i, int rgb, double t) {
            red[i] += (float) (((rgb >> 16 & 255) - red[i]) * t);
            green[i] += (float) (((rgb >> 8 & 255) - green[i]) * t);
            blue[i] += (float) (((rgb & 255) - blue[i]) * t);
        }

        // ---- behind

        private void sky(Land land, boolean flip) {
            if (scene.room() == Scene.Room.INDOORS) return;
            boolean[] open = new boolean[n * n];
            int lowest = 0;
            for (int y = 0; y < n; y++) for (int x = 0; x < n; x++) if ((land.cover()[y * n + (flip ? n - 1 - x : x)] & 255) < 255) {
                open[y * n + x] = true;
                lowest = y + 1;
            }
            double foot = scene.room() == Scene.Room.WATER ? 0.9 : scene.horizon();
            for (int y = 0; y < lowest; y++) {
                double t = Math.min(1, (y + 0.5) / n / foot);
                int c = t < 0.55 ? Easel.mix(light.top(), light.middle(), t / 0.55) : Easel.mix(light.middle(), light.bottom(), (t - 0.55) / 0.45);
                for (int x = 0; x < n; x++) {
                    int i = y * n + x;
                    red[i] = c >> 16;
                    green[i] = c >> 8 & 255;
                    blue[i] = c & 255;
                }
            }
            Dice dice = Dice.of(spec.seed(), "sky");
            if (scene.room() == Scene.Room.WATER) {
                rays(dice, open);
                return;
            }
            if (scene.room() == Scene.Room.SPACE) nebula(open);
            int stars = scene.room() == Scene.Room.SPACE ? 150 : 70;
            if (light.stars()) for (int k = 0; k < stars; k++) {
                double u = dice.unit(), v = dice.unit() * scene.horizon(), bright = dice.between(0.3, 1), r = dice.between(0.003, 0.0065);
                disc(u, v, r, 0xffffff, bright, 0.8);
            }
            if (light.sun() != 0) {
                boolean night = spec.timeOfDay().equals("night");
                disc(light.sunU(), light.sunV(), night ? 0.20 : 0.34, night ? 0x8fa0d8 : light.sun(), night ? 0.30 : 0.5, 1);
                disc(light.sunU(), light.sunV(), night ? 0.052 : 0.06, light.sun(), 1, 0.12);
                if (night) {
                    disc(light.sunU() - 0.014, light.sunV() - 0.012, 0.011, 0xd5d3bd, 0.7, 0.3);
                    disc(light.sunU() + 0.018, light.sunV() + 0.012, 0.014, 0xd5d3bd, 0.7, 0.3);
                }
            }
            if (scene.room() == Scene.Room.SPACE) return;
            Dice clouds = Dice.of(spec.seed(), "clouds");
            boolean grey = light.sun() == 0;
            for (int k = 0; k < 9; k++) {
                double u = clouds.between(-0.05, 1.05), v = scene.horizon() * clouds.between(0.12, 0.7), w = clouds.between(0.10, 0.19), fade = clouds.between(0.65, 0.95);
                long puffs = clouds.next();
                if (k < 4 || grey) cloud(u, v, w, fade * (spec.weather().equals("fog") ? 0.3 : 1), puffs);
            }
        }

        private void cloud(double u, double v, double w, double strength, long puffs) {
            int shadow = Easel.mix(light.cloud(), light.middle(), 0.35);
            for (int pass = 0; pass < 2; pass++) {
                Dice p = Dice.of(puffs, "puff");
                for (int k = 0; k < 6; k++) {
                    double t = (k - 2.5) / 3, r = w * (0.42 - 0.22 * t * t) * p.between(0.85, 1.15);
                    if (pass == 0) puff(u + t * w, v + 0.012, r, r * 0.55, shadow, strength * 0.55);
                    else puff(u + t * w, v - r * 0.28, r, r * 0.6, light.cloud(), strength);
                }
            }
        }

        private void puff(double u, double v, double ru, double rv, int rgb, double strength) {
            for (int y = Math.max(0, (int) ((v - rv) * n)); y <= Math.min(n - 1, (v + rv) * n); y++)
                for (int x = Math.max(0, (int) ((u - ru) * n)); x <= Math.min(n - 1, (u + ru) * n); x++) {
                    double a = ((x + 0.5) / n - u) / ru, b = ((y + 0.5) / n - v) / rv, d = a * a + b * b;
                    if (d < 1) blend(y * n + x, rgb, strength * Math.min(1, (1 - d) * 1.5));
                }
        }

        /** A disc whose rim fades over {@code blur} of its radius; at a blur of 1 a glow. */
        private void disc(double u, double v, double r, int rgb, double strength, double blur) {
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

        private void nebula(boolean[] open) {
            long seed = spec.seed() * 31 + 7;
            for (int y = 0; y < n; y++) for (int x = 0; x < n; x++) if (open[y * n + x]) {
                double u = (double) x / n, v = (double) y / n, a = Noise.fractal(u * 3, v * 3, 3, seed), b = Noise.at(u * 2.2 + 9, v * 2.2, seed + 50);
                blend(y * n + x, b > 0.5 ? 0x8a3fa0 : 0x3f5fc0, Math.max(0, a - 0.42) * 1.7);
            }
        }

        private void rays(Dice dice, boolean[] open) {
            double[] at = new double[5], lean = new double[5];
            for (int k = 0; k < 5; k++) {
                at[k] = dice.unit();
                lean[k] = dice.between(-0.25, 0.25);
            }
            for (int y = 0; y < n; y++) for (int x = 0; x < n; x++) if (open[y * n + x]) {
                double u = (double) x / n, v = (double) y / n, sum = 0;
                for (int k = 0; k < 5; k++) {
                    double d = Math.abs(u - at[k] - lean[k] * v) / (0.03 + 0.06 * v);
                    if (d < 1) sum += (1 - d) * Math.max(0, 1 - v * 1.2);
                }
                blend(y * n + x, 0xd8f6ff, Math.min(0.45, 0.24 * sum));
            }
        }

        private void cover(Land land, boolean flip) {
            byte[] rgb = land.rgb();
            double[] hazeOf = new double[256];
            for (int k = 0; k < 256; k++) hazeOf[k] = light.hazeAt(k / 255.0);
            float hr = light.haze() >> 16, hg = light.haze() >> 8 & 255, hb = light.haze() & 255;
            for (int y = 0; y < n; y++) for (int x = 0; x < n; x++) {
                int from = y * n + (flip ? n - 1 - x : x), to = y * n + x, c = land.cover()[from] & 255;
                if (c == 0) continue;
                double r = rgb[3 * from] & 255, g = rgb[3 * from + 1] & 255, b = rgb[3 * from + 2] & 255;
                if (light.snow()) {
                    double s = (land.snow()[from] & 255) / 255.0;
                    r += (243 - r) * s;
                    g += (246 - g) * s;
                    b += (251 - b) * s;
                }
                double lamp = light.lamps() * (land.glow()[from] & 255) / 255.0;
                double warm = b > r ? 0.75 : 0.08;
                double lr = r + (255 - r) * warm, lg = g + (214 - g) * warm, lb = b + (128 - b) * warm;
                double haze = hazeOf[land.depth()[from] & 255];
                r *= light.red();
                g *= light.green();
                b *= light.blue();
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

        private void stand(ObjectSpec o) {
            Stamp s = Stamp.of(sprites.get(o.concept(), o.set()), o, n);
            boolean floats = o.y() != null;
            s.left = (int) Math.round(o.x() * n - s.width / 2.0);
            int edge = Math.max(1, n / 64);
            s.left = Math.max(Math.min(edge, n - s.width), Math.min(n - s.width - edge, s.left));
            int base = (int) Math.round(scene.base(o.depth()) * n);
            s.top = floats ? (int) Math.round(o.y() * n - s.height / 2.0) : base - s.height;
            s.top = Math.max(Math.min(edge, n - s.height), s.top);
            if (!floats) base = s.top + s.height;
            if (!floats) shadows(s, base);
            light(s, o, floats);
            float[] mine = new float[n * n];
            for (int y = 0; y < s.height; y++) for (int x = 0; x < s.width; x++) {
                int from = y * s.width + x, px = s.left + x, py = s.top + y;
                float a = s.alpha[from];
                if (a == 0 || px < 0 || py < 0 || px >= n || py >= n) continue;
                int to = py * n + px;
                red[to] += (s.red[from] - red[to]) * a;
                green[to] += (s.green[from] - green[to]) * a;
                blue[to] += (s.blue[from] - blue[to]) * a;
                for (float[] other : seen.values()) other[to] *= 1 - a;
                mine[to] = a;
            }
            seen.put(o.id(), mine);
            if (!floats && scene.ground() == Scene.Ground.GRASS) tufts(o, s, base);
        }

        private void shadows(Stamp s, int base) {
            int x0 = s.width, x1 = 0;
            for (int y = (int) (s.height * 0.93); y < s.height; y++) for (int x = 0; x < s.width; x++) if (s.alpha[y * s.width + x] > 0.3f) {
                x0 = Math.min(x0, x);
                x1 = Math.max(x1, x);
            }
            if (x1 < x0) return;
            cast(s, base);
            double cx = s.left + (x0 + x1 + 1) / 2.0, rx = (x1 - x0 + 1) * 0.62 + 0.02 * n, ry = Math.max(0.014 * n, rx * 0.16), cy = base - ry * 0.25;
            for (int y = Math.max(0, (int) (cy - ry)); y <= Math.min(n - 1, cy + ry); y++)
                for (int x = Math.max(0, (int) (cx - rx)); x <= Math.min(n - 1, cx + rx); x++) {
                    double a = (x + 0.5 - cx) / rx, b = (y + 0.5 - cy) / ry, d = a * a + b * b;
                    if (d < 1) blend(y * n + x, 0x10142c, (0.22 + 0.55 * light.shadow()) * (1 - d) * (1 - d) * 1.3);
                }
        }

        /** The silhouette laid on the ground towards the viewer, leaning away from the light, fading with distance. */
        private void cast(Stamp s, int base) {
            double tall = 0.3 * s.height, lean = Math.max(-1.2, Math.min(1.2, (s.left + s.width / 2.0) / n - light.sunU())) * 1.6;
            int grain = Math.max(1, n / 64);
            for (int y = base - grain; y < Math.min(n, base + tall); y++) {
                if (y < 0) continue;
                double t = Math.max(0, (y + 0.5 - base) / tall), strength = light.shadow() * (1 - 0.75 * t) * (y < base ? 0.6 : 1);
                int row = (int) (s.height * (1 - t * 0.999)) - 1;
                double shift = lean * t * tall;
                int x0 = (int) Math.floor(s.left + Math.min(0, shift)) - 2 * grain, x1 = (int) Math.ceil(s.left + s.width + Math.max(0, shift)) + 2 * grain;
                for (int x = Math.max(0, x0); x < Math.min(n, x1); x++) {
                    float sum = 0;
                    for (int j = -1; j <= 1; j++) for (int i = -2; i <= 2; i++) {
                        int sx = (int) Math.round(x - s.left - shift) + i * grain, sy = row + 3 * j * grain;
                        if (sx >= 0 && sx < s.width && sy >= 0 && sy < s.height) sum += s.alpha[sy * s.width + sx];
                    }
                    if (sum > 0) blend(y * n + x, 0x12183a, strength * sum / 15);
                }
            }
        }

        private void light(Stamp s, ObjectSpec o, boolean floats) {
            double side = Math.max(-1, Math.min(1, (light.sunU() - (s.left + s.width / 2.0) / n) * 3));
            double haze = light.hazeAt(light.fog() > 0.5 ? 0.05 + 0.35 * (1 - o.depth()) : 0.1 + 0.3 * (1 - o.depth())) * (scene.room() == Scene.Room.WATER ? 2.2 : 1);
            float hr = light.haze() >> 16, hg = light.haze() >> 8 & 255, hb = light.haze() & 255;
            if (light.snow()) caps(s);
            for (int y = 0; y < s.height; y++) for (int x = 0; x < s.width; x++) {
                int i = y * s.width + x;
                if (s.alpha[i] == 0) continue;
                double v = (y + 0.5) / s.height, k = 1 + 0.09 * side * (2 * (x + 0.5) / s.width - 1);
                if (!floats && v > 0.75) k *= 1 - 0.16 * (v - 0.75) / 0.25;
                double r = s.red[i] * k * light.red(), g = s.green[i] * k * light.green(), b = s.blue[i] * k * light.blue();
                s.red[i] = (float) (r + (hr - r) * haze);
                s.green[i] = (float) (g + (hg - g) * haze);
                s.blue[i] = (float) (b + (hb - b) * haze);
            }
        }

        /** Snow on the upper edges. */
        private void caps(Stamp s) {
            int thick = Math.max(2, (int) (0.055 * s.height));
            for (int x = 0; x < s.width; x++) {
                int since = -1;
                double depth = thick * (0.7 + 0.6 * Noise.at(x * 12.0 / s.width, 3, 77));
                for (int y = 0; y < s.height; y++) {
                    int i = y * s.width + x;
                    if (s.alpha[i] < 0.5f) since = -1;
                    else if (since < 0) since = y;
                    if (since < 0 || since > s.height * 0.8) continue;
                    double t = Math.max(0, Math.min(1, depth - (y - since)));
                    if (t == 0) continue;
                    s.red[i] += (float) ((246 - s.red[i]) * t * 0.92);
                    s.green[i] += (float) ((248 - s.green[i]) * t * 0.92);
                    s.blue[i] += (float) ((252 - s.blue[i]) * t * 0.92);
                }
            }
        }

        /** Blades of grass over the feet, in the colour of the ground before them. */
        private void tufts(ObjectSpec o, Stamp s, int base) {
            Dice d = Dice.of(spec.seed() * 1000003 + o.id(), "tufts");
            int below = Math.min(n - 1, base + Math.max(2, n / 40));
            int count = Math.max(4, s.width * 40 / n);
            for (int k = 0; k < count; k++) {
                double x = s.left + s.width * d.between(0.06, 0.94), high = n * d.between(0.010, 0.030), lean = d.between(-0.5, 0.5) * high, wide = n * 0.006 + 0.3, tone = d.between(0.8, 1.05);
                int root = Math.min(n - 1, base + (int) (n * 0.008));
                int at = below * n + Math.max(0, Math.min(n - 1, (int) x));
                int c = Easel.shade(clampInt(red[at]) << 16 | clampInt(green[at]) << 8 | clampInt(blue[at]), tone);
                for (int y = Math.max(0, (int) (root - high)); y <= root; y++) {
                    double t = (root - y) / high, cx = x + lean * t * t, half = wide * (1 - t) * 0.7;
                    for (int px = Math.max(0, (int) (cx - half)); px <= Math.min(n - 1, cx + half); px++) {
                        int i = y * n + px;
                        double a = Math.max(0, Math.min(1, half + 0.5 - Math.abs(px + 0.5 - cx)));
                        blend(i, c, a * 0.85);
                        for (float[] m : seen.values()) m[i] *= (float) (1 - a * 0.85);
                    }
                }
            }
        }

        private int clampInt(float v) {
            return Math.max(0, Math.min(255, (int) (v + 0.5f)));
        }

        // ---- in front

        private void weather() {
            if (light.rain()) {
                Dice d = Dice.of(spec.seed(), "rain");
                for (int k = 0; k < 110; k++) {
                    double u = d.between(-0.05, 1.1), v = d.between(-0.1, 1), l = d.between(0.05, 0.11), strong = d.between(0.25, 0.6);
                    int steps = Math.max(2, (int) (l * n));
                    for (int i = 0; i < steps; i++) {
                        double x = (u - 0.22 * l * i / steps) * n, y = v * n + i;
                        int ix = (int) Math.floor(x), iy = (int) y;
                        double f = x - ix;
                        if (iy < 0 || iy >= n) continue;
                        if (ix >= 0 && ix < n) blend(iy * n + ix, 0xdbe6f2, strong * (1 - f));
                        if (ix + 1 >= 0 && ix + 1 < n) blend(iy * n + ix + 1, 0xdbe6f2, strong * f);
                    }
                }
            }
            if (light.snow()) {
                Dice d = Dice.of(spec.seed(), "flakes");
                for (int k = 0; k < 110; k++) disc(d.unit(), d.unit(), d.between(0.005, 0.013), 0xffffff, d.between(0.65, 1), 0.5);
            }
            if (scene.room() == Scene.Room.WATER) {
                Dice d = Dice.of(spec.seed(), "bubbles");
                for (int k = 0; k < 14; k++) {
                    double u = d.unit(), v = d.between(0.05, 0.9), r = d.between(0.006, 0.014);
                    disc(u, v, r, 0xd8f6ff, 0.4, 0.5);
                    disc(u - r * 0.3, v - r * 0.3, r * 0.4, 0xffffff, 0.8, 0.5);
                }
            }
        }
    }
}
