package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.sprites.Sprite;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * Paints a background with filled shapes in the unit square. Each shape has a colour function and, set by
 * {@link #brush}, depth, snow cover and night glow. The shapes are drawn on a fine grid, which {@link #downsample}
 * reduces to a {@link Background}.
 *
 * <p>Coordinates: u to the right, v downwards, both 0..1.
 */
final class Painter {

    /** A colour 0xRRGGBB as a function of the position. */
    interface ColourFunction {
        int colourAt(double u, double v);
    }

    private final int n;
    private final float[] r, g, b, cover, depth, snow, glow;

    /** Attributes of the following shapes. */
    double strokeDepth, strokeSnow, strokeGlow, opacity = 1;

    /** A grid of n x n pixels. */
    Painter(int n) {
        this.n = n;
        r = new float[n * n];
        g = new float[n * n];
        b = new float[n * n];
        cover = new float[n * n];
        depth = new float[n * n];
        snow = new float[n * n];
        glow = new float[n * n];
    }

    /** Sets the attributes of the following shapes: depth 0 near .. 1 far, snow cover 0..1, glow at night 0..1. */
    Painter brush(double depth, double snow, double glow) {
        this.strokeDepth = depth;
        this.strokeSnow = snow;
        this.strokeGlow = glow;
        return this;
    }

    static ColourFunction solid(int rgb) {
        return (u, v) -> rgb;
    }

    static ColourFunction verticalGradient(int top, int bottom, double v0, double v1) {
        return (u, v) -> mix(top, bottom, (v - v0) / (v1 - v0));
    }

    /** {@code base} with its brightness changed by noise: frequencies of the noise, relative amount. */
    static ColourFunction withNoise(ColourFunction base, double grainU, double grainV, double amount, long seed) {
        return (u, v) ->
                shade(base.colourAt(u, v), 1 + amount * (2 * ValueNoise.fractal(u * grainU, v * grainV, 3, seed) - 1));
    }

    /** Ground in perspective: noise that gets coarser from the horizon to the bottom of the image. */
    static ColourFunction groundTexture(
            int farColour, int nearColour, double horizon, double grain, double amount, long seed) {
        return (u, v) -> {
            double z = 1 / (v - horizon + 0.06);
            double noise = 2 * ValueNoise.fractal((u - 0.5) * z * grain * 0.5, z * grain, 3, seed) - 1;
            double fade = Math.min(1, (v - horizon) * 5 + 0.25);
            return shade(mix(farColour, nearColour, (v - horizon) / (1 - horizon)), 1 + amount * fade * noise);
        };
    }

    /** The colour {@code a} mixed with {@code b} by {@code t}, which is clamped to 0..1. */
    static int mix(int a, int b, double t) {
        t = Math.max(0, Math.min(1, t));
        int result = 0;
        for (int s = 16; s >= 0; s -= 8) result |= (int) ((a >> s & 255) * (1 - t) + (b >> s & 255) * t + 0.5) << s;
        return result;
    }

    /** A colour with its brightness multiplied. */
    static int shade(int rgb, double factor) {
        int result = 0;
        for (int s = 16; s >= 0; s -= 8)
            result |= Math.max(0, Math.min(255, (int) ((rgb >> s & 255) * factor + 0.5))) << s;
        return result;
    }

    private void blendPixel(int x, int y, int rgb, double coverage) {
        if (x < 0 || y < 0 || x >= n || y >= n || coverage <= 0) return;
        int i = y * n + x;
        float t = (float) (coverage * opacity), k = 1 - t;
        r[i] = r[i] * k + (rgb >> 16 & 255) * t;
        g[i] = g[i] * k + (rgb >> 8 & 255) * t;
        b[i] = b[i] * k + (rgb & 255) * t;
        cover[i] = cover[i] * k + t;
        depth[i] = depth[i] * k + (float) strokeDepth * t;
        snow[i] = snow[i] * k + (float) strokeSnow * t;
        glow[i] = glow[i] * k + (float) strokeGlow * t;
    }

    Painter rect(double u0, double v0, double u1, double v1, ColourFunction p) {
        for (int y = Math.max(0, (int) Math.round(v0 * n)); y < Math.min(n, Math.round(v1 * n)); y++)
            for (int x = Math.max(0, (int) Math.round(u0 * n)); x < Math.min(n, Math.round(u1 * n)); x++)
                blendPixel(x, y, p.colourAt((x + 0.5) / n, (y + 0.5) / n), 1);
        return this;
    }

    Painter ellipse(double cu, double cv, double ru, double rv, ColourFunction p) {
        return softEllipse(cu, cv, ru, rv, 0, p);
    }

    /** An ellipse with a rim that fades over {@code blur} of its radius. */
    Painter softEllipse(double cu, double cv, double ru, double rv, double blur, ColourFunction p) {
        for (int y = Math.max(0, (int) ((cv - rv) * n)); y <= Math.min(n - 1, (cv + rv) * n); y++)
            for (int x = Math.max(0, (int) ((cu - ru) * n)); x <= Math.min(n - 1, (cu + ru) * n); x++) {
                double u = (x + 0.5) / n, v = (y + 0.5) / n;
                double d = Math.sqrt((u - cu) * (u - cu) / (ru * ru) + (v - cv) * (v - cv) / (rv * rv));
                if (d < 1) blendPixel(x, y, p.colourAt(u, v), blur == 0 ? 1 : Math.min(1, (1 - d) / blur));
            }
        return this;
    }

    /** A polygon with the corners u, v, u, v, ... */
    Painter polygon(ColourFunction p, double... uv) {
        double minV = 1, maxV = 0;
        for (int i = 1; i < uv.length; i += 2) {
            minV = Math.min(minV, uv[i]);
            maxV = Math.max(maxV, uv[i]);
        }
        double[] crossings = new double[uv.length / 2];
        for (int y = Math.max(0, (int) (minV * n)); y < Math.min(n, maxV * n); y++) {
            double v = (y + 0.5) / n;
            int count = 0;
            for (int i = 0, j = uv.length - 2; i < uv.length; j = i, i += 2)
                if (uv[i + 1] <= v != uv[j + 1] <= v)
                    crossings[count++] = uv[i] + (v - uv[i + 1]) / (uv[j + 1] - uv[i + 1]) * (uv[j] - uv[i]);
            Arrays.sort(crossings, 0, count);
            for (int c = 0; c + 1 < count; c += 2)
                for (int x = Math.max(0, (int) Math.round(crossings[c] * n));
                        x < Math.min(n, Math.round(crossings[c + 1] * n));
                        x++) blendPixel(x, y, p.colourAt((x + 0.5) / n, v), 1);
        }
        return this;
    }

    /** The area below a curve, down to {@code bottom}. */
    Painter fillBelow(DoubleUnaryOperator top, double bottom, ColourFunction p) {
        for (int x = 0; x < n; x++) {
            double u = (x + 0.5) / n;
            for (int y = Math.max(0, (int) Math.round(top.applyAsDouble(u) * n));
                    y < Math.min(n, Math.round(bottom * n));
                    y++) blendPixel(x, y, p.colourAt(u, (y + 0.5) / n), 1);
        }
        return this;
    }

    /** A straight line of this width. */
    Painter line(double u0, double v0, double u1, double v1, double width, ColourFunction p) {
        double l = Math.sqrt((u1 - u0) * (u1 - u0) + (v1 - v0) * (v1 - v0)),
                du = (v1 - v0) / l * width / 2,
                dv = (u0 - u1) / l * width / 2;
        return polygon(p, u0 + du, v0 + dv, u1 + du, v1 + dv, u1 - du, v1 - dv, u0 - du, v0 - dv);
    }

    /** A sprite with the middle of its bottom row at (u, v), its colours mixed with {@code tint} by {@code amount}. */
    Painter drawSprite(Sprite sprite, double u, double v, double height, int tint, double amount, boolean flip) {
        double width = height * sprite.width() / sprite.height(), scale = height * n / sprite.height();
        Sprite.MipLevel level = sprite.levelFor(scale);
        int x0 = (int) Math.floor((u - width / 2) * n), y0 = (int) Math.floor((v - height) * n);
        int w = Math.max(1, (int) Math.round(width * n)), h = Math.max(1, (int) Math.round(height * n));
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                int sx = Math.min(level.width() - 1, (flip ? w - 1 - x : x) * level.width() / w),
                        sy = Math.min(level.height() - 1, y * level.height() / h);
                int pixel = level.argb()[sy * level.width() + sx], a = pixel >>> 24;
                if (a == 0) continue;
                int rgb = Math.min(255, (pixel >> 16 & 255) * 255 / a) << 16
                        | Math.min(255, (pixel >> 8 & 255) * 255 / a) << 8
                        | Math.min(255, (pixel & 255) * 255 / a);
                blendPixel(x0 + x, y0 + y, mix(rgb, tint, amount), a / 255.0);
            }
        return this;
    }

    /** The background at {@code size} x {@code size} pixels; {@code n} must be a multiple of it. */
    Background downsample(int size) {
        int factor = n / size;
        byte[] colour = new byte[3 * size * size],
                c = new byte[size * size],
                d = new byte[size * size],
                s = new byte[size * size],
                l = new byte[size * size];
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++) {
                float sr = 0, sg = 0, sb = 0, sc = 0, sd = 0, ss = 0, sl = 0;
                for (int j = 0; j < factor; j++)
                    for (int i = 0; i < factor; i++) {
                        int index = (y * factor + j) * n + x * factor + i;
                        sr += r[index];
                        sg += g[index];
                        sb += b[index];
                        sc += cover[index];
                        sd += depth[index];
                        ss += snow[index];
                        sl += glow[index];
                    }
                int index = y * size + x;
                if (sc < 1e-3f) continue;
                colour[3 * index] = (byte) (int) (sr / sc + 0.5f);
                colour[3 * index + 1] = (byte) (int) (sg / sc + 0.5f);
                colour[3 * index + 2] = (byte) (int) (sb / sc + 0.5f);
                c[index] = (byte) (int) (255 * sc / (factor * factor) + 0.5f);
                d[index] = (byte) (int) (255 * sd / sc + 0.5f);
                s[index] = (byte) (int) (255 * ss / sc + 0.5f);
                l[index] = (byte) (int) (255 * sl / sc + 0.5f);
            }
        return new Background(size, colour, c, d, s, l);
    }
}
