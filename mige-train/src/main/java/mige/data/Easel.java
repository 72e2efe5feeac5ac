package mige.data;

import java.util.function.DoubleUnaryOperator;

/**
 * Where the land of a scene is painted: opaque strokes in [0,1] x [0,1] on a fine grid, each with a depth (haze), how much
 * snow would lie on it and how much it glows at night; reduced to a {@link Land} by averaging.
 */
final class Easel {

    /** Colour 0xRRGGBB at a place. */
    interface Paint { int at(double u, double v); }

    final int n;
    private final float[] r, g, b, cover, depth, snow, glow;

    /** The attributes of the strokes to come. */
    double far, white, lit, opacity = 1;

    Easel(int n) {
        this.n = n;
        r = new float[n * n];
        g = new float[n * n];
        b = new float[n * n];
        cover = new float[n * n];
        depth = new float[n * n];
        snow = new float[n * n];
        glow = new float[n * n];
    }

    /** Sets depth 0 near .. 1 far, snow cover 0..1 and glow at night 0..1 of the strokes to come. */
    Easel pen(double far, double white, double lit) {
        this.far = far;
        this.white = white;
        this.lit = lit;
        return this;
    }

    static Paint flat(int rgb) {
        return (u, v) -> rgb;
    }

    static Paint fade(int top, int bottom, double v0, double v1) {
        return (u, v) -> mix(top, bottom, (v - v0) / (v1 - v0));
    }

    /** Paint with its brightness shaken by noise of this grain. */
    static Paint rough(Paint p, double grainU, double grainV, double amount, long seed) {
        return (u, v) -> shade(p.at(u, v), 1 + amount * (2 * Noise.fractal(u * grainU, v * grainV, 3, seed) - 1));
    }

    /** Ground seen from above it: noise in rows that come nearer as 1/z below the horizon. */
    static Paint ground(int farColour, int nearColour, double horizon, double grain, double amount, long seed) {
        return (u, v) -> {
            double z = 1 / (v - horizon + 0.06);
            double noise = 2 * Noise.fractal((u - 0.5) * z * grain * 0.5, z * grain, 3, seed) - 1;
            double fade = Math.min(1, (v - horizon) * 5 + 0.25);
            return shade(mix(farColour, nearColour, (v - horizon) / (1 - horizon)), 1 + amount * fade * noise);
        };
    }

    static int mix(int a, int b, double t) {
        t = Math.max(0, Math.min(1, t));
        int out = 0;
        for (int s = 16; s >= 0; s -= 8) out |= (int) ((a >> s & 255) * (1 - t) + (b >> s & 255) * t + 0.5) << s;
        return out;
    }

    static int shade(int rgb, double k) {
        int out = 0;
        for (int s = 16; s >= 0; s -= 8) out |= Math.max(0, Math.min(255, (int) ((rgb >> s & 255) * k + 0.5))) << s;
        return out;
    }

    void dot(int x, int y, int rgb, double a) {
        if (x < 0 || y < 0 || x >= n || y >= n || a <= 0) return;
        int i = y * n + x;
        float t = (float) (a * opacity), k = 1 - t;
        r[i] = r[i] * k + (rgb >> 16 & 255) * t;
        g[i] = g[i] * k + (rgb >> 8 & 255) * t;
        b[i] = b[i] * k + (rgb & 255) * t;
        cover[i] = cover[i] * k + t;
        depth[i] = depth[i] * k + (float) far * t;
        snow[i] = snow[i] * k + (float) white * t;
        glow[i] = glow[i] * k + (float) lit * t;
    }

    Easel rect(double u0, double v0, double u1, double v1, Paint p) {
        for (int y = Math.max(0, (int) Math.round(v0 * n)); y < Math.min(n, Math.round(v1 * n)); y++)
            for (int x = Math.max(0, (int) Math.round(u0 * n)); x < Math.min(n, Math.round(u1 * n)); x++)
                dot(x, y, p.at((x + 0.5) / n, (y + 0.5) / n), 1);
        return this;
    }

    Easel ellipse(double cu, double cv, double ru, double rv, Paint p) {
        return soft(cu, cv, ru, rv, 0, p);
    }

    /** An ellipse whose rim fades over {@code blur} of its radius. */
    Easel soft(double cu, double cv, double ru, double rv, double blur, Paint p) {
        for (int y = Math.max(0, (int) ((cv - rv) * n)); y <= Math.min(n - 1, (cv + rv) * n); y++)
            for (int x = Math.max(0, (int) ((cu - ru) * n)); x <= Math.min(n - 1, (cu + ru) * n); x++) {
                double u = (x + 0.5) / n, v = (y + 0.5) / n;
                double d = Math.sqrt((u - cu) * (u - cu) / (ru * ru) + (v - cv) * (v - cv) / (rv * rv));
                if (d < 1) dot(x, y, p.at(u, v), blur == 0 ? 1 : Math.min(1, (1 - d) / blur));
            }
        return this;
    }

    /** A polygon given by corner after corner: u, v, u, v, ... */
    Easel poly(Paint p, double... uv) {
        double low = 1, high = 0;
        for (int i = 1; i < uv.length; i += 2) {
            low = Math.min(low, uv[i]);
            high = Math.max(high, uv[i]);
        }
        double[] cuts = new double[uv.length / 2];
        for (int y = Math.max(0, (int) (low * n)); y < Math.min(n, high * n); y++) {
            double v = (y + 0.5) / n;
            int count = 0;
            for (int i = 0, j = uv.length - 2; i < uv.length; j = i, i += 2)
                if (uv[i + 1] <= v != uv[j + 1] <= v)
                    cuts[count++] = uv[i] + (v - uv[i + 1]) / (uv[j + 1] - uv[i + 1]) * (uv[j] - uv[i]);
            java.util.Arrays.sort(cuts, 0, count);
            for (int c = 0; c + 1 < count; c += 2)
                for (int x = Math.max(0, (int) Math.round(cuts[c] * n)); x < Math.min(n, Math.round(cuts[c + 1] * n)); x++)
                    dot(x, y, p.at((x + 0.5) / n, v), 1);
        }
        return this;
    }

    /** Everything below a curve, down to {@code bottom}. */
    Easel below(DoubleUnaryOperator top, double bottom, Paint p) {
        for (int x = 0; x < n; x++) {
            double u = (x + 0.5) / n;
            for (int y = Math.max(0, (int) Math.round(top.applyAsDouble(u) * n)); y < Math.min(n, Math.round(bottom * n)); y++)
                dot(x, y, p.at(u, (y + 0.5) / n), 1);
        }
        return this;
    }

    /** A bar of this width from one place to another. */
    Easel bar(double u0, double v0, double u1, double v1, double width, Paint p) {
        double l = Math.sqrt((u1 - u0) * (u1 - u0) + (v1 - v0) * (v1 - v0)), du = (v1 - v0) / l * width / 2, dv = (u0 - u1) / l * width / 2;
        return poly(p, u0 + du, v0 + dv, u1 + du, v1 + dv, u1 - du, v1 - dv, u0 - du, v0 - dv);
    }

    /** A drawing standing with the middle of its lowest row at (u, v), tinted towards a colour. */
    Easel plant(Sprite s, double u, double v, double height, int tint, double amount, boolean flip) {
        double width = height * s.width() / s.height(), scale = height * n / s.height();
        Sprite.Level level = s.level(scale);
        int x0 = (int) Math.floor((u - width / 2) * n), y0 = (int) Math.floor((v - height) * n);
        int w = Math.max(1, (int) Math.round(width * n)), h = Math.max(1, (int) Math.round(height * n));
        for (int y = 0; y < h; y++) for (int x = 0; x < w; x++) {
            int sx = Math.min(level.width() - 1, (flip ? w - 1 - x : x) * level.width() / w), sy = Math.min(level.height() - 1, y * level.height() / h);
            int p = level.argb()[sy * level.width() + sx], a = p >>> 24;
            if (a == 0) continue;
            int rgb = Math.min(255, (p >> 16 & 255) * 255 / a) << 16 | Math.min(255, (p >> 8 & 255) * 255 / a) << 8 | Math.min(255, (p & 255) * 255 / a);
            dot(x0 + x, y0 + y, mix(rgb, tint, amount), a / 255.0);
        }
        return this;
    }

    /** The painting reduced to {@code size} pixels a side; {@code n} is a multiple of it. */
    Land reduce(int size) {
        int k = n / size;
        byte[] colour = new byte[3 * size * size], c = new byte[size * size], d = new byte[size * size], s = new byte[size * size], l = new byte[size * size];
        for (int y = 0; y < size; y++) for (int x = 0; x < size; x++) {
            float sr = 0, sg = 0, sb = 0, sc = 0, sd = 0, ss = 0, sl = 0;
            for (int j = 0; j < k; j++) for (int i = 0; i < k; i++) {
                int at = (y * k + j) * n + x * k + i;
                sr += r[at];
                sg += g[at];
                sb += b[at];
                sc += cover[at];
                sd += depth[at];
                ss += snow[at];
                sl += glow[at];
            }
            int at = y * size + x;
            if (sc < 1e-3f) continue;
            colour[3 * at] = (byte) (int) (sr / sc + 0.5f);
            colour[3 * at + 1] = (byte) (int) (sg / sc + 0.5f);
            colour[3 * at + 2] = (byte) (int) (sb / sc + 0.5f);
            c[at] = (byte) (int) (255 * sc / (k * k) + 0.5f);
            d[at] = (byte) (int) (255 * sd / sc + 0.5f);
            s[at] = (byte) (int) (255 * ss / sc + 0.5f);
            l[at] = (byte) (int) (255 * sl / sc + 0.5f);
        }
        return new Land(size, colour, c, d, s, l);
    }
}
