package dev.mige4j.corpus.renderer;

import static dev.mige4j.corpus.renderer.BackgroundElements.flowers;
import static dev.mige4j.corpus.renderer.BackgroundElements.hillCurve;
import static dev.mige4j.corpus.renderer.BackgroundElements.leaf;
import static dev.mige4j.corpus.renderer.BackgroundElements.mountain;
import static dev.mige4j.corpus.renderer.BackgroundElements.tree;
import static dev.mige4j.corpus.renderer.BackgroundElements.water;
import static dev.mige4j.corpus.renderer.Painter.groundTexture;
import static dev.mige4j.corpus.renderer.Painter.mix;
import static dev.mige4j.corpus.renderer.Painter.shade;
import static dev.mige4j.corpus.renderer.Painter.solid;
import static dev.mige4j.corpus.renderer.Painter.verticalGradient;
import static dev.mige4j.corpus.renderer.Painter.withNoise;

import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.function.DoubleUnaryOperator;

/** Backgrounds without buildings: beach, snow, desert, jungle, volcano, the sea floor and the moon. */
final class WildernessBackgrounds {

    private WildernessBackgrounds() {}

    static void beach(Painter painter, RandomStream random, SpriteStore sprites) {
        double shore = random.uniform(0.585, 0.625);
        painter.brush(0.35, 0, 0);
        water(painter, random, 0.46, shore + 0.02, random.choice(0x2f86b8, 0x2b8fc0, 0x3593b0), 0x53c3cf);
        DoubleUnaryOperator line = hillCurve(random, shore, 0.008, 7);
        painter.brush(0.1, 0.7, 0).fillBelow(u -> line.applyAsDouble(u) - 0.012, shore + 0.05, solid(0xf3fbfb));
        painter.brush(0.06, 0.86, 0)
                .fillBelow(
                        u -> line.applyAsDouble(u),
                        1,
                        groundTexture(
                                0xe3bf82,
                                random.choice(0xf2d59d, 0xf0cf92, 0xf5dcab),
                                0.5,
                                1.6,
                                0.10,
                                random.nextLong()));
        for (int i = 0; i < 26; i++)
            painter.ellipse(
                    random.nextDouble(),
                    random.uniform(0.68, 0.99),
                    0.006,
                    0.003,
                    solid(random.choice(0xfff3dc, 0xd3a86a, 0xe9b8a0)));
        double side = random.bernoulli(0.5) ? random.uniform(0.03, 0.14) : random.uniform(0.86, 0.97);
        painter.brush(0.08, 0.3, 0);
        tree(
                painter,
                sprites,
                "palm tree",
                side,
                random.uniform(0.66, 0.70),
                random.uniform(0.42, 0.5),
                0xdfe8e0,
                0.08,
                random);
    }

    static void snowyMountains(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.55, 0.3, 0);
        for (int i = 0; i < 3; i++)
            mountain(
                    painter,
                    0.1 + 0.4 * i + random.uniform(-0.1, 0.1),
                    0.62,
                    random.uniform(0.22, 0.30),
                    random.uniform(0.2, 0.28),
                    0x8797b5,
                    0.55,
                    random);
        painter.brush(0.35, 0.3, 0);
        for (int i = 0; i < 2; i++)
            mountain(
                    painter,
                    0.25 + 0.5 * i + random.uniform(-0.12, 0.12),
                    0.63,
                    random.uniform(0.26, 0.36),
                    random.uniform(0.22, 0.3),
                    0x66779a,
                    0.5,
                    random);
        painter.brush(0.15, 0.9, 0)
                .fillBelow(
                        hillCurve(random, 0.60, 0.012, 5),
                        1,
                        groundTexture(0xdfe8f4, 0xf7faff, 0.56, 0.9, 0.05, random.nextLong()));
        painter.brush(0.2, 0.6, 0);
        for (int i = 0; i < 9; i++) {
            double u = i < 5 ? random.uniform(-0.02, 0.3) : random.uniform(0.7, 1.02), h = random.uniform(0.1, 0.17);
            tree(painter, sprites, "evergreen tree", u, 0.615 + 0.15 * h, h, 0xcfdbec, 0.35, random);
        }
    }

    static void desert(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.6, 0.6, 0).fillBelow(hillCurve(random, 0.50, 0.035, 4), 1, solid(0xd9a066));
        DoubleUnaryOperator dune = hillCurve(random, 0.545, 0.045, 5);
        painter.brush(0.35, 0.75, 0)
                .fillBelow(
                        dune,
                        1,
                        (u, v) -> (dune.applyAsDouble(u + 0.03) > dune.applyAsDouble(u - 0.03) ? 0xd9954f : 0xe9b26b));
        painter.brush(0.1, 0.86, 0)
                .fillBelow(
                        hillCurve(random, 0.62, 0.02, 3),
                        1,
                        groundTexture(
                                0xe3a85f,
                                random.choice(0xf0c27b, 0xeebb70, 0xf3c987),
                                0.52,
                                1.4,
                                0.09,
                                random.nextLong()));
        painter.brush(0.2, 0.5, 0);
        for (int i = 0, n = 2 + random.nextInt(2); i < n; i++) {
            double h = random.uniform(0.13, 0.24);
            tree(
                    painter,
                    sprites,
                    "cactus",
                    i == 0 ? random.uniform(0.05, 0.2) : random.uniform(0.75, 0.95),
                    0.60 + 0.18 * h,
                    h,
                    0xe8c49a,
                    0.18,
                    random);
        }
        painter.brush(0.05, 0.6, 0);
        for (int i = 0; i < 6; i++)
            painter.ellipse(
                    random.nextDouble(),
                    random.uniform(0.7, 0.97),
                    random.uniform(0.008, 0.02),
                    0.008,
                    solid(0xb07a45));
    }

    static void jungle(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.6, 0.1, 0).rect(0, 0, 1, 0.65, verticalGradient(0x9fcf7a, 0x6fae60, 0, 0.65));
        painter.brush(0.5, 0.2, 0);
        for (int i = 0; i < 26; i++)
            painter.ellipse(
                    random.nextDouble(),
                    random.uniform(0.05, 0.58),
                    random.uniform(0.06, 0.13),
                    random.uniform(0.06, 0.12),
                    solid(shade(0x3f8f4a, random.uniform(0.75, 1.3))));
        for (int i = 0; i < 3; i++) {
            double u = random.nextDouble();
            painter.brush(0.35, 0.1, 0)
                    .rect(u, 0, u + 0.03, 0.62, withNoise(solid(0x5f6a3f), 40, 5, 0.2, random.nextLong()));
        }
        painter.brush(0.06, 0.4, 0)
                .fillBelow(
                        hillCurve(random, 0.62, 0.01, 5),
                        1,
                        groundTexture(0x5f8f3f, 0x476f30, 0.55, 1.8, 0.2, random.nextLong()));
        painter.brush(0.15, 0.4, 0);
        for (int i = 0; i < 12; i++) {
            double u = i % 2 == 0 ? random.uniform(-0.05, 0.25) : random.uniform(0.75, 1.05);
            for (int k = 0; k < 4; k++)
                leaf(
                        painter,
                        u,
                        0.66,
                        random.uniform(0.1, 0.2),
                        -2.5 + 0.6 * k + random.uniform(-0.1, 0.1),
                        shade(0x2f8f48, random.uniform(0.8, 1.25)));
        }
        painter.brush(0.05, 0.4, 0);
        for (int i = 0; i < 9; i++)
            leaf(
                    painter,
                    (i + 0.5) / 9 + random.uniform(-0.05, 0.05),
                    -0.03,
                    random.uniform(0.16, 0.3),
                    random.uniform(1.0, 2.1),
                    shade(0x1f6f38, random.uniform(0.8, 1.2)));
        flowers(painter, random, 0.63, 0.7, 12, 0xff5f6f, 0xffa53f, 0xf070c0);
    }

    static void volcano(Painter painter, RandomStream random, SpriteStore sprites) {
        double c = random.uniform(0.35, 0.65);
        for (int i = 0; i < 7; i++) {
            painter.opacity = 0.55;
            painter.brush(0.3, 0, 0.2)
                    .softEllipse(
                            c + random.uniform(-0.08, 0.10),
                            0.2 - 0.03 * i,
                            0.05 + 0.012 * i,
                            0.045,
                            0.7,
                            solid(0x6f6870));
        }
        painter.opacity = 1;
        painter.brush(0.35, 0.5, 0)
                .polygon(
                        withNoise(verticalGradient(0x5a4a4f, 0x7a6a66, 0.24, 0.62), 18, 18, 0.16, random.nextLong()),
                        c - 0.42,
                        0.63,
                        c - 0.2,
                        0.42,
                        c - 0.07,
                        0.24,
                        c + 0.07,
                        0.24,
                        c + 0.2,
                        0.42,
                        c + 0.42,
                        0.63);
        painter.brush(0.2, 0, 1)
                .polygon(
                        verticalGradient(0xffd24a, 0xe8431f, 0.24, 0.5),
                        c - 0.07,
                        0.24,
                        c + 0.07,
                        0.24,
                        c + 0.055,
                        0.30,
                        c + 0.09,
                        0.44,
                        c + 0.06,
                        0.5,
                        c + 0.03,
                        0.36,
                        c + 0.0,
                        0.32,
                        c - 0.03,
                        0.47,
                        c - 0.055,
                        0.55,
                        c - 0.065,
                        0.46,
                        c - 0.045,
                        0.33);
        painter.ellipse(c, 0.24, 0.07, 0.016, solid(0xffe070));
        for (int i = 0; i < 12; i++)
            painter.ellipse(c + random.uniform(-0.09, 0.09), random.uniform(0.1, 0.23), 0.006, 0.008, solid(0xffa030));
        painter.brush(0.25, 0.6, 0).fillBelow(hillCurve(random, 0.60, 0.02, 7), 1, solid(0x4f4648));
        painter.brush(0.06, 0.86, 0)
                .fillBelow(
                        hillCurve(random, 0.63, 0.012, 5),
                        1,
                        groundTexture(0x655a58, 0x4a4244, 0.56, 2.2, 0.22, random.nextLong()));
        for (int i = 0; i < 6; i++) {
            double u = random.nextDouble(), v = random.uniform(0.68, 0.96), s = random.uniform(0.01, 0.025);
            painter.polygon(
                    solid(0x39333a),
                    u - s * 1.3,
                    v,
                    u - s * 0.5,
                    v - s * 1.4,
                    u + s * 0.7,
                    v - s * 1.1,
                    u + s * 1.4,
                    v);
        }
        painter.brush(0.05, 0, 1);
        double r = random.nextDouble();
        for (int i = 0; i < 3; i++)
            painter.line(
                    (r + 0.3 * i) % 1,
                    0.74 + 0.06 * i,
                    (r + 0.3 * i) % 1 + 0.12,
                    0.76 + 0.06 * i,
                    0.006,
                    solid(0xf0641f));
    }

    static void underWater(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.45, 0, 0).fillBelow(hillCurve(random, 0.78, 0.03, 5), 1, solid(0x3f8fae));
        painter.brush(0.05, 0, 0)
                .fillBelow(
                        hillCurve(random, 0.845, 0.014, 4),
                        1,
                        groundTexture(0x9fc7b8, 0xd9cfa0, 0.76, 1.5, 0.12, random.nextLong()));
        for (int i = 0, n = 7 + random.nextInt(4); i < n; i++) {
            double u = i % 2 == 0 ? random.uniform(0.0, 0.33) : random.uniform(0.67, 1),
                    v = random.uniform(0.86, 0.95),
                    h = random.uniform(0.08, 0.2),
                    w = 0.012;
            int c = random.choice(0xe0566f, 0xc04f9a, 0xef8a4c, 0x3f9f6a, 0x5fb04f);
            double phase = random.uniform(0, 6);
            for (double t = 0; t < 1; t += 0.06)
                painter.ellipse(
                        u + 0.018 * StrictMath.sin(phase + t * 6),
                        v - h * t,
                        w * (1.1 - 0.7 * t),
                        h * 0.07,
                        solid(shade(c, 0.85 + 0.3 * t)));
        }
        for (int i = 0; i < 5; i++) {
            double u = random.nextDouble(), v = random.uniform(0.88, 0.98), s = random.uniform(0.015, 0.035);
            painter.ellipse(u, v, s * 1.4, s, verticalGradient(0x8a98a0, 0x56646e, v - s, v + s));
        }
    }

    static void moon(Painter painter, RandomStream random, SpriteStore sprites) {
        double pu = random.uniform(0.12, 0.88), pv = random.uniform(0.12, 0.3), pr = random.uniform(0.07, 0.11);
        int c = random.choice(0x5aa0d8, 0xd89a5a, 0xb56fc0, 0x6fbf9f);
        painter.brush(0, 0, 0)
                .ellipse(
                        pu,
                        pv,
                        pr,
                        pr,
                        (u, v) -> shade(
                                mix(c, 0xffffff, 0.18 * StrictMath.sin(v * 70)),
                                1.15 - 0.9 * Math.max(0, (u - pu + v - pv) / pr * 0.6 + 0.1)));
        painter.brush(0, 0, 0).fillBelow(hillCurve(random, 0.63, 0.02, 6), 1, solid(0x6f7480));
        painter.brush(0, 0, 0)
                .fillBelow(
                        hillCurve(random, 0.67, 0.012, 4),
                        1,
                        groundTexture(0x8c909a, 0xb3b6bd, 0.6, 1.5, 0.12, random.nextLong()));
        for (int i = 0; i < 9; i++) {
            double v = random.uniform(0.72, 0.97),
                    u = random.nextDouble(),
                    s = 0.012 + 0.10 * (v - 0.66) * random.uniform(0.5, 1.2);
            painter.ellipse(u, v, s * 1.5, s * 0.55, solid(0x7d818b))
                    .ellipse(u, v + s * 0.12, s * 1.35, s * 0.42, solid(0x9a9da6));
        }
    }
}
