package dev.mige4j.corpus.renderer;

import static dev.mige4j.corpus.renderer.Painter.mix;
import static dev.mige4j.corpus.renderer.Painter.shade;
import static dev.mige4j.corpus.renderer.Painter.solid;
import static dev.mige4j.corpus.renderer.Painter.verticalGradient;
import static dev.mige4j.corpus.renderer.Painter.withNoise;

import dev.mige4j.corpus.renderer.Painter.ColourFunction;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.function.DoubleUnaryOperator;

/** Elements that several backgrounds share: hills, mountains, plants, floors, windows, water, fences, buildings. */
final class BackgroundElements {

    private BackgroundElements() {}

    /** A random sum of three sines: v of the skyline as a function of u. */
    static DoubleUnaryOperator hillCurve(RandomStream random, double base, double height, double waves) {
        double p1 = random.uniform(0, 6.3),
                p2 = random.uniform(0, 6.3),
                p3 = random.uniform(0, 6.3),
                f = waves * random.uniform(0.8, 1.25);
        return u -> base
                - height
                        * (0.55 * StrictMath.sin(u * f + p1)
                                + 0.3 * StrictMath.sin(u * f * 2.3 + p2)
                                + 0.15 * StrictMath.sin(u * f * 5.1 + p3));
    }

    /** A mountain with a lit and a shaded side, and snow on the upper {@code snowCap} of its height. */
    static void mountain(
            Painter painter,
            double u,
            double foot,
            double height,
            double halfWidth,
            int rock,
            double snowCap,
            RandomStream random) {
        double top = foot - height, lean = random.uniform(-0.15, 0.15) * halfWidth;
        long seed = random.nextLong();
        painter.polygon(withNoise(solid(rock), 14, 14, 0.10, seed), u - halfWidth, foot, u, top, u + halfWidth, foot);
        painter.polygon(
                withNoise(solid(shade(rock, 0.78)), 14, 14, 0.10, seed + 5),
                u,
                top,
                u + halfWidth,
                foot,
                u + lean,
                foot);
        if (snowCap <= 0) return;
        double previousSnow = painter.strokeSnow;
        painter.strokeSnow = 1;
        double w = halfWidth * snowCap, y = top + height * snowCap;
        painter.polygon(
                solid(0xf4f7fc),
                u - w,
                y,
                u,
                top,
                u + w,
                y,
                u + w * 0.6,
                y - height * snowCap * 0.18,
                u + w * 0.25,
                y + height * snowCap * 0.15,
                u - w * 0.1,
                y - height * snowCap * 0.15,
                u - w * 0.5,
                y + height * snowCap * 0.12);
        painter.polygon(
                solid(0xd3dcec),
                u,
                top,
                u + w,
                y,
                u + w * 0.6,
                y - height * snowCap * 0.18,
                u + w * 0.25,
                y + height * snowCap * 0.15);
        painter.strokeSnow = previousSnow;
    }

    /** A plant of the icon packages, or a simple shape where they lack it; its colours are mixed with haze. */
    static void tree(
            Painter painter,
            SpriteStore sprites,
            String kind,
            double u,
            double v,
            double height,
            int haze,
            double amount,
            RandomStream random) {
        boolean flip = random.bernoulli(0.5);
        String set = sprites.contains(kind, "fluent-emoji-3d")
                ? "fluent-emoji-3d"
                : sprites.contains(kind, "noto") ? "noto" : null;
        if (set != null) {
            painter.drawSprite(sprites.get(kind, set), u, v, height, haze, amount, flip);
        } else if (kind.startsWith("ever")) {
            painter.rect(u - height * 0.04, v - height * 0.2, u + height * 0.04, v, solid(mix(0x6b4a2f, haze, amount)));
            for (int k = 0; k < 3; k++)
                painter.polygon(
                        solid(mix(shade(0x2f7a45, 1 - 0.1 * k), haze, amount)),
                        u - height * (0.30 - 0.07 * k),
                        v - height * (0.14 + 0.22 * k),
                        u,
                        v - height * (0.62 + 0.19 * k),
                        u + height * (0.30 - 0.07 * k),
                        v - height * (0.14 + 0.22 * k));
        } else if (kind.equals("cactus")) {
            ColourFunction p = solid(mix(0x4f9a4a, haze, amount));
            painter.rect(u - height * 0.09, v - height, u + height * 0.09, v, p)
                    .rect(u - height * 0.3, v - height * 0.75, u - height * 0.18, v - height * 0.4, p)
                    .rect(u - height * 0.3, v - height * 0.5, u, v - height * 0.4, p)
                    .rect(u, v - height * 0.6, u + height * 0.3, v - height * 0.5, p)
                    .rect(u + height * 0.18, v - height * 0.85, u + height * 0.3, v - height * 0.5, p);
        } else {
            painter.rect(u - height * 0.05, v - height * 0.5, u + height * 0.05, v, solid(mix(0x6b4a2f, haze, amount)));
            foliage(painter, u, v - height * 0.66, height * 0.34, mix(0x4f9a3c, haze, amount), random);
        }
    }

    /** A round crown of leaves in three tones. */
    static void foliage(Painter painter, double u, double v, double radius, int leaf, RandomStream random) {
        for (int k = 0; k < 9; k++) {
            double a = k * 0.7 + random.uniform(0, 0.4), d = k == 0 ? 0 : radius * 0.5;
            painter.ellipse(
                    u + d * StrictMath.cos(a),
                    v + d * 0.8 * StrictMath.sin(a),
                    radius * 0.55,
                    radius * 0.5,
                    solid(shade(leaf, 0.88 + 0.05 * (k % 4))));
        }
        painter.ellipse(u - radius * 0.25, v - radius * 0.3, radius * 0.45, radius * 0.38, solid(shade(leaf, 1.14)));
    }

    /** A deciduous tree in the given colours of leaves and trunk. */
    static void leafyTree(
            Painter painter, double u, double v, double height, int leaf, int trunk, RandomStream random) {
        painter.polygon(
                solid(trunk),
                u - height * 0.055,
                v,
                u - height * 0.03,
                v - height * 0.5,
                u + height * 0.03,
                v - height * 0.5,
                u + height * 0.055,
                v);
        foliage(painter, u, v - height * 0.68, height * 0.33, leaf, random);
    }

    static void leaf(Painter painter, double u, double v, double length, double angle, int colour) {
        double du = StrictMath.cos(angle), dv = StrictMath.sin(angle), w = length * 0.2;
        painter.polygon(
                solid(colour),
                u,
                v,
                u + du * length * 0.4 - dv * w,
                v + dv * length * 0.4 + du * w,
                u + du * length,
                v + dv * length,
                u + du * length * 0.4 + dv * w,
                v + dv * length * 0.4 - du * w);
        painter.line(u, v, u + du * length * 0.95, v + dv * length * 0.95, length * 0.03, solid(shade(colour, 1.3)));
    }

    static void flowers(Painter painter, RandomStream random, double v0, double v1, int count, int... colours) {
        for (int i = 0; i < count; i++) {
            double t = random.nextDouble(), v = v0 + (v1 - v0) * t, u = random.nextDouble(), s = 0.003 + 0.006 * t;
            int c = colours[random.nextInt(colours.length)];
            painter.ellipse(u, v, s * 1.3, s, solid(c)).ellipse(u, v, s * 0.45, s * 0.4, solid(0xfff2b0));
        }
    }

    static void grassBlades(Painter painter, RandomStream random, double v0, double v1, int count, int colour) {
        for (int i = 0; i < count; i++) {
            double t = random.nextDouble(), v = v0 + (v1 - v0) * t, u = random.nextDouble(), h = 0.008 + 0.018 * t;
            painter.polygon(
                    solid(shade(colour, random.uniform(0.85, 1.2))),
                    u - h * 0.18,
                    v,
                    u + random.uniform(-0.5, 0.5) * h,
                    v - h,
                    u + h * 0.18,
                    v);
        }
    }

    static void planks(Painter painter, RandomStream random, double v0, double v1, int wood, double vanish) {
        long seed = random.nextLong();
        double shift = random.nextDouble();
        painter.rect(0, v0, 1, v1, (u, v) -> {
            double z = 1 / (v - vanish),
                    row = (u - 0.5) * z * 1.7 + 20 + shift,
                    board = Math.floor(row),
                    edge = Math.min(row - board, board + 1 - row);
            double tone = 0.93 + 0.13 * ((RandomStream.hash(seed, (int) board, 0) & 255) / 255.0);
            double grain = 2 * ValueNoise.fractal(row * 9, z * 1.4 + board * 3.3, 3, seed) - 1;
            return shade(wood, (edge < 0.035 ? 0.76 : tone) * (1 + 0.10 * grain));
        });
    }

    static void floorBoards(Painter painter, RandomStream random, double v0, int wood) {
        long seed = random.nextLong();
        painter.rect(0, v0, 1, 1, (u, v) -> {
            double z = 1 / (v - v0 + 0.12),
                    row = z * 4.2,
                    board = Math.floor(row),
                    along = (u - 0.5) * z * 0.8 + 5 + 0.37 * board;
            double edge = row - board, cut = along - Math.floor(along);
            double tone = 0.92 + 0.14 * ((RandomStream.hash(seed, (int) board, (int) Math.floor(along)) & 255) / 255.0);
            return shade(
                    wood,
                    edge < 0.07 || cut < 0.012
                            ? 0.8
                            : tone * (1 + 0.06 * (2 * ValueNoise.fractal(along * 3, row * 9, 2, seed) - 1)));
        });
    }

    static void window(Painter painter, double u0, double v0, double u1, double v1, int frame) {
        painter.brush(0, 0, 0).rect(u0 - 0.014, v0 - 0.014, u1 + 0.014, v1 + 0.02, solid(frame));
        painter.brush(0.9, 0, 0).rect(u0, v0, u1, v1, verticalGradient(0x8cc6f2, 0xd8eefb, v0, v1));
        painter.fillBelow(
                u -> u < u0 || u > u1 ? 2 : v1 - (v1 - v0) * (0.22 + 0.06 * StrictMath.sin(u * 25)),
                v1,
                solid(0x8fc58a));
        painter.brush(0, 0, 0)
                .rect((u0 + u1) / 2 - 0.005, v0, (u0 + u1) / 2 + 0.005, v1, solid(frame))
                .rect(u0, (v0 + v1) / 2 - 0.005, u1, (v0 + v1) / 2 + 0.005, solid(frame));
    }

    static void water(Painter painter, RandomStream random, double v0, double v1, int farColour, int nearColour) {
        long seed = random.nextLong();
        painter.rect(0, v0, 1, v1, (u, v) -> {
            double z = 1 / (v - v0 + 0.03), wave = 2 * ValueNoise.fractal((u - 0.5) * z * 1.3, z * 7, 3, seed) - 1;
            int c = mix(farColour, nearColour, (v - v0) / (v1 - v0));
            return wave > 0.42 ? mix(c, 0xffffff, 0.4) : shade(c, 1 + 0.08 * wave);
        });
    }

    static void fence(Painter painter, double v, double height, int wood, double step) {
        painter.rect(0, v - height * 0.78, 1, v - height * 0.62, solid(shade(wood, 0.94)))
                .rect(0, v - height * 0.40, 1, v - height * 0.24, solid(shade(wood, 0.94)));
        for (double u = step / 2; u < 1; u += step)
            painter.polygon(
                    solid(wood),
                    u - height * 0.1,
                    v,
                    u - height * 0.1,
                    v - height * 0.9,
                    u,
                    v - height,
                    u + height * 0.1,
                    v - height * 0.9,
                    u + height * 0.1,
                    v);
    }

    static void building(
            Painter painter, RandomStream d, double u0, double v0, double u1, double v1, int wall, double dark) {
        painter.brush(dark, 0.15, 0)
                .rect(u0, v0, u1, v1, verticalGradient(wall, shade(wall, 0.86), v0, v1))
                .brush(dark, 0.9, 0)
                .rect(u0, v0, u1, v0 + 0.012, solid(shade(wall, 0.75)));
        double step = 0.034;
        for (double v = v0 + 0.03; v < v1 - 0.04; v += step * 1.15)
            for (double u = u0 + 0.014; u < u1 - 0.022; u += step) {
                painter.brush(dark, 0, d.bernoulli(0.55) ? 0.95 : 0.05)
                        .rect(u, v, u + 0.018, v + 0.022, solid(mix(0x8fb9d9, 0x4f7395, d.nextDouble())));
            }
    }
}
