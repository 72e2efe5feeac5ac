package dev.mige4j.corpus.renderer;

import static dev.mige4j.corpus.renderer.BackgroundElements.fence;
import static dev.mige4j.corpus.renderer.BackgroundElements.flowers;
import static dev.mige4j.corpus.renderer.BackgroundElements.grassBlades;
import static dev.mige4j.corpus.renderer.BackgroundElements.hillCurve;
import static dev.mige4j.corpus.renderer.BackgroundElements.leafyTree;
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

/** Backgrounds of cultivated land: meadow, roads, parks, gardens and woods. */
final class CountrysideBackgrounds {

    private CountrysideBackgrounds() {}

    static void meadow(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.55, 0.7, 0).fillBelow(hillCurve(random, 0.46, 0.05, 4), 1, solid(0x7fae8d));
        painter.brush(0.38, 0.75, 0)
                .fillBelow(
                        hillCurve(random, 0.50, 0.03, 6),
                        1,
                        withNoise(solid(0x6fb25f), 30, 30, 0.06, random.nextLong()));
        painter.brush(0.3, 0.5, 0);
        for (int i = 0, n = 3 + random.nextInt(4); i < n; i++)
            tree(
                    painter,
                    sprites,
                    "deciduous tree",
                    random.nextDouble(),
                    0.535,
                    random.uniform(0.07, 0.12),
                    0xa8cfc0,
                    0.3,
                    random);
        painter.brush(0.08, 0.86, 0)
                .fillBelow(
                        hillCurve(random, 0.54, 0.008, 5),
                        1,
                        groundTexture(
                                0x7cc24f,
                                random.choice(0x4fa63c, 0x57ab3b, 0x489c42),
                                0.48,
                                1.7,
                                0.13,
                                random.nextLong()));
        grassBlades(painter, random, 0.6, 1.0, 160, 0x3f9434);
        flowers(painter, random, 0.6, 0.99, 60, 0xffffff, 0xffe14d, 0xff8fb8);
    }

    static void countryRoad(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.6, 0.7, 0).fillBelow(hillCurve(random, 0.47, 0.04, 4), 1, solid(0x86b094));
        painter.brush(0.35, 0.8, 0)
                .fillBelow(hillCurve(random, 0.52, 0.015, 6), 1, solid(random.choice(0xd9c566, 0x9fc060, 0xc9b858)));
        painter.brush(0.08, 0.86, 0)
                .fillBelow(u -> 0.545, 1, groundTexture(0x9fc45a, 0x6aa844, 0.5, 1.6, 0.14, random.nextLong()));
        double bend = random.uniform(-0.12, 0.12);
        painter.polygon(
                groundTexture(0x8d9096, 0x70747b, 0.5, 2.5, 0.05, random.nextLong()),
                0.485 + bend,
                0.545,
                0.515 + bend,
                0.545,
                0.62,
                0.68,
                1.0,
                1.0,
                0.0,
                1.0,
                0.38,
                0.68);
        for (int i = 0; i < 4; i++) {
            double v = 0.62 + 0.105 * i, s = (v - 0.5) * 0.035;
            painter.polygon(
                    solid(0xf5f2e6), 0.5 - s, v, 0.5 + s, v, 0.5 + s * 1.5, v + 0.045, 0.5 - s * 1.5, v + 0.045);
        }
        painter.brush(0.25, 0.6, 0);
        for (int i = 0; i < 4; i++)
            tree(
                    painter,
                    sprites,
                    "deciduous tree",
                    i < 2 ? random.uniform(0.0, 0.3) : random.uniform(0.7, 1),
                    0.565,
                    random.uniform(0.1, 0.2),
                    0xc0d8b8,
                    0.2,
                    random);
        painter.brush(0.1, 0.7, 0);
        for (int i = 0; i < 6; i++)
            for (int side = -1; side <= 1; side += 2) {
                double t = i / 5.0, u = 0.5 + side * (0.16 + 0.42 * t * t), v = 0.60 + 0.2 * t * t, h = 0.04 + 0.05 * t;
                painter.rect(u - 0.006, v - h, u + 0.006, v, solid(0xf0ece2));
            }
    }

    static void autumnPark(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.5, 0.5, 0).fillBelow(hillCurve(random, 0.5, 0.03, 5), 1, solid(0xd0a878));
        for (int row = 0; row < 2; row++)
            for (int i = 0; i < 6; i++) {
                painter.brush(0.35 - 0.2 * row, 0.5, 0);
                double u = row == 0
                        ? (i + random.nextDouble()) / 6
                        : i < 3 ? random.uniform(0, 0.24) : random.uniform(0.76, 1);
                leafyTree(
                        painter,
                        u,
                        0.58 + 0.035 * row,
                        row == 0 ? random.uniform(0.2, 0.28) : random.uniform(0.32, 0.42),
                        random.choice(0xe08a2e, 0xd9622b, 0xe8b23a, 0xc24a2f),
                        0x6b4a35,
                        random);
            }
        painter.brush(0.06, 0.86, 0)
                .fillBelow(
                        hillCurve(random, 0.59, 0.008, 5),
                        1,
                        groundTexture(0xc9a658, 0xa9853f, 0.53, 1.8, 0.15, random.nextLong()));
        for (int i = 0; i < 260; i++) {
            double t = random.nextDouble(), v = 0.6 + 0.4 * t, s = 0.003 + 0.007 * t;
            painter.ellipse(
                    random.nextDouble(),
                    v,
                    s * 1.5,
                    s * 0.7,
                    solid(random.choice(0xe08a2e, 0xd9622b, 0xe8b23a, 0xb8502f)));
        }
    }

    static void farm(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.55, 0.7, 0).fillBelow(hillCurve(random, 0.48, 0.035, 4), 1, solid(0x8fb890));
        painter.brush(0.3, 0.8, 0)
                .fillBelow(
                        u -> 0.53,
                        0.6,
                        (u, v) -> Math.floor((u - 0.5) / (v - 0.44) * 5) % 2 == 0 ? 0xd9bf5a : 0xc2a648);
        double b = random.bernoulli(0.5) ? random.uniform(0.04, 0.14) : random.uniform(0.58, 0.68);
        painter.brush(0.18, 0, 0)
                .rect(b, 0.36, b + 0.28, 0.59, (u, v) -> shade(0xb8402f, Math.floor(u * 60) % 3 == 0 ? 0.88 : 1));
        painter.brush(0.18, 0, 0).polygon(solid(0xb8402f), b, 0.37, b + 0.07, 0.26, b + 0.21, 0.26, b + 0.28, 0.37);
        painter.brush(0.18, 0.9, 0)
                .polygon(
                        solid(0x6a6f78),
                        b - 0.025,
                        0.38,
                        b + 0.06,
                        0.245,
                        b + 0.22,
                        0.245,
                        b + 0.305,
                        0.38,
                        b + 0.28,
                        0.38,
                        b + 0.205,
                        0.27,
                        b + 0.075,
                        0.27,
                        b,
                        0.38);
        painter.brush(0.18, 0, 0.1)
                .rect(b + 0.08, 0.44, b + 0.2, 0.59, solid(0xf4ece0))
                .rect(b + 0.09, 0.45, b + 0.19, 0.59, solid(0x8f3326));
        painter.line(b + 0.09, 0.45, b + 0.19, 0.59, 0.008, solid(0xf4ece0))
                .line(b + 0.19, 0.45, b + 0.09, 0.59, 0.008, solid(0xf4ece0));
        painter.brush(0.18, 0, 0.9).rect(b + 0.115, 0.30, b + 0.165, 0.35, solid(0x5a4a55));
        painter.brush(0.08, 0.86, 0)
                .fillBelow(
                        hillCurve(random, 0.585, 0.005, 5),
                        1,
                        groundTexture(0x86bf50, 0x5ba23e, 0.52, 1.7, 0.14, random.nextLong()));
        painter.brush(0.12, 0.6, 0);
        fence(painter, 0.645, 0.06, 0xe9e0cf, 0.09);
        grassBlades(painter, random, 0.66, 1.0, 110, 0x4a9038);
    }

    static void flowerGarden(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.4, 0.7, 0)
                .rect(
                        0,
                        0.40,
                        1,
                        0.6,
                        withNoise(verticalGradient(0x5f9f55, 0x3f7f40, 0.4, 0.6), 40, 40, 0.25, random.nextLong()));
        for (int i = 0; i < 16; i++)
            painter.ellipse(
                    random.nextDouble(),
                    0.40,
                    random.uniform(0.05, 0.09),
                    random.uniform(0.025, 0.045),
                    withNoise(solid(shade(0x5f9f55, random.uniform(0.9, 1.15))), 40, 40, 0.2, random.nextLong()));
        painter.brush(0.25, 0.7, 0);
        fence(painter, 0.60, 0.14, 0xf7f4ee, 0.055);
        painter.brush(0.15, 0.5, 0)
                .rect(0, 0.575, 1, 0.66, withNoise(solid(0x4f8f3f), 40, 40, 0.25, random.nextLong()));
        for (int i = 0; i < 60; i++) {
            double u = random.nextDouble(), v = random.uniform(0.575, 0.655), s = random.uniform(0.011, 0.02);
            int c = random.choice(0xf0526a, 0xffc83a, 0xffffff, 0xb56fd9, 0xff8f4a, 0xff8fc0);
            for (int k = 0; k < 5; k++)
                painter.ellipse(
                        u + s * 0.6 * StrictMath.cos(k * 1.257),
                        v + s * 0.6 * StrictMath.sin(k * 1.257),
                        s * 0.5,
                        s * 0.5,
                        solid(c));
            painter.ellipse(u, v, s * 0.4, s * 0.4, solid(0xffe070));
        }
        painter.brush(0.06, 0.86, 0)
                .rect(0, 0.655, 1, 1, groundTexture(0x80c455, 0x58aa40, 0.5, 1.6, 0.10, random.nextLong()));
        int stone = random.choice(0xc9c2b5, 0xd6c8a8);
        for (int i = 0; i < 6; i++) {
            double v = 0.70 + 0.055 * i, s = 0.03 + 0.018 * i;
            painter.ellipse(
                    0.5 + 0.04 * StrictMath.sin(i * 2.1),
                    v,
                    s * 1.6,
                    s * 0.4,
                    solid(shade(stone, 0.95 + 0.03 * (i % 3))));
        }
    }

    static void forest(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.75, 0.2, 0).rect(0, 0.10, 1, 0.62, verticalGradient(0x7fae7a, 0xa9cf97, 0, 0.6));
        for (int row = 0; row < 3; row++) {
            double dark = 0.6 - 0.2 * row;
            for (int i = 0; i < 9 - 2 * row; i++) {
                double u = (i + random.uniform(0.1, 0.9)) / (9 - 2 * row), w = 0.012 + 0.014 * row;
                if (row == 2 && u > 0.3 && u < 0.7) continue;
                painter.brush(dark, 0.2, 0)
                        .rect(
                                u - w,
                                0,
                                u + w,
                                0.585 + 0.03 * row,
                                withNoise(solid(mix(0x6b4f38, 0x9fbf95, dark)), 60, 6, 0.2, random.nextLong()));
            }
        }
        painter.brush(0.3, 0.4, 0);
        for (int i = 0; i < 26; i++)
            painter.ellipse(
                    random.nextDouble(),
                    random.uniform(-0.03, 0.17),
                    random.uniform(0.06, 0.12),
                    random.uniform(0.05, 0.09),
                    solid(shade(0x3d7d3a, random.uniform(0.75, 1.25))));
        for (int i = 0; i < 14; i++)
            painter.ellipse(
                    random.nextDouble(),
                    random.uniform(0.56, 0.62),
                    random.uniform(0.04, 0.09),
                    random.uniform(0.025, 0.05),
                    solid(shade(0x4a8a3f, random.uniform(0.8, 1.2))));
        painter.brush(0.06, 0.7, 0)
                .fillBelow(
                        hillCurve(random, 0.61, 0.006, 5),
                        1,
                        groundTexture(0x5f9a48, 0x3f7a35, 0.55, 1.8, 0.18, random.nextLong()));
        double bend = random.uniform(-0.1, 0.1);
        painter.brush(0.06, 0.86, 0)
                .polygon(
                        groundTexture(0xc9aa78, 0xb08d5f, 0.55, 2.2, 0.14, random.nextLong()),
                        0.47 + bend,
                        0.605,
                        0.53 + bend,
                        0.605,
                        0.62 + bend / 2,
                        0.72,
                        0.86,
                        1,
                        0.14,
                        1,
                        0.40 + bend / 2,
                        0.72);
        grassBlades(painter, random, 0.66, 1.0, 60, 0x4f8f3a);
    }

    static void mountainLake(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.5, 0.4, 0);
        for (int i = 0; i < 3; i++)
            mountain(
                    painter,
                    0.15 + 0.36 * i + random.uniform(-0.08, 0.08),
                    0.52,
                    random.uniform(0.22, 0.34),
                    random.uniform(0.2, 0.28),
                    0x6f7f9a,
                    random.bernoulli(0.7) ? 0.35 : 0.2,
                    random);
        painter.brush(0.4, 0.6, 0).fillBelow(hillCurve(random, 0.495, 0.012, 7), 0.54, solid(0x4d7d5a));
        for (int i = 0; i < 14; i++)
            tree(
                    painter,
                    sprites,
                    "evergreen tree",
                    random.nextDouble(),
                    0.525,
                    random.uniform(0.06, 0.1),
                    0x9fbcc0,
                    0.35,
                    random);
        painter.brush(0.25, 0.1, 0);
        water(painter, random, 0.52, 0.74, 0x4f9fc9, 0x2f7fae);
        painter.brush(0.06, 0.86, 0)
                .fillBelow(
                        hillCurve(random, 0.715, 0.012, 5),
                        1,
                        groundTexture(0x8fbf58, 0x5a9e42, 0.6, 1.8, 0.15, random.nextLong()));
        grassBlades(painter, random, 0.75, 1.0, 110, 0x4a9038);
        painter.brush(0.1, 0.5, 0);
        double side = random.bernoulli(0.5) ? random.uniform(0.02, 0.12) : random.uniform(0.88, 0.98);
        tree(painter, sprites, "evergreen tree", side, 0.76, random.uniform(0.34, 0.44), 0x9fbcc0, 0.1, random);
    }
}
