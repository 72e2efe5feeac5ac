package dev.mige4j.corpus.renderer;

import static dev.mige4j.corpus.renderer.BackgroundElements.building;
import static dev.mige4j.corpus.renderer.BackgroundElements.hillCurve;
import static dev.mige4j.corpus.renderer.BackgroundElements.tree;
import static dev.mige4j.corpus.renderer.BackgroundElements.water;
import static dev.mige4j.corpus.renderer.Painter.groundTexture;
import static dev.mige4j.corpus.renderer.Painter.mix;
import static dev.mige4j.corpus.renderer.Painter.shade;
import static dev.mige4j.corpus.renderer.Painter.solid;

import dev.mige4j.corpus.renderer.Painter.ColourFunction;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.sprites.SpriteStore;

/** Backgrounds with buildings outdoors: street, castle yard, harbour and playground. */
final class TownBackgrounds {

    private TownBackgrounds() {}

    static void cityStreet(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.55, 0.2, 0);
        for (double u = -0.03; u < 1; ) {
            double w = random.uniform(0.08, 0.14);
            building(
                    painter,
                    random,
                    u,
                    random.uniform(0.12, 0.34),
                    u + w,
                    0.62,
                    random.choice(0x9fb2c8, 0xa9b6c4, 0x8fa3bd),
                    0.6);
            u += w + random.uniform(0, 0.03);
        }
        for (double u = -0.06; u < 1; ) {
            double w = random.uniform(0.15, 0.24);
            building(
                    painter,
                    random,
                    u,
                    random.uniform(0.24, 0.42),
                    u + w,
                    0.66,
                    random.choice(0xb98a62, 0xa9a49c, 0x6f8fb5, 0xc0a078, 0x9b7f72),
                    0.25);
            u += w + random.uniform(0, 0.02);
        }
        painter.brush(0.1, 0.7, 0).rect(0, 0.655, 1, 0.70, solid(0xb9b6b0)).rect(0, 0.69, 1, 0.705, solid(0x8f8c88));
        painter.brush(0.05, 0.86, 0)
                .rect(0, 0.70, 1, 1, groundTexture(0x5d6168, 0x6d7179, 0.6, 3, 0.06, random.nextLong()));
        double shift = random.uniform(-0.1, 0);
        for (int i = 0; i < 5; i++)
            painter.polygon(
                    solid(0xf0efe8),
                    shift + i * 0.26,
                    0.835,
                    shift + i * 0.26 + 0.13,
                    0.835,
                    shift + i * 0.26 + 0.12,
                    0.855,
                    shift + i * 0.26 - 0.015,
                    0.855);
        double lamp = random.bernoulli(0.5) ? random.uniform(0.04, 0.12) : random.uniform(0.88, 0.96);
        painter.brush(0.1, 0.3, 0)
                .rect(lamp - 0.006, 0.36, lamp + 0.006, 0.69, solid(0x3d4248))
                .brush(0.1, 0.3, 1)
                .ellipse(lamp, 0.35, 0.022, 0.022, solid(0xfff1c0));
    }

    static void castleYard(Painter painter, RandomStream random, SpriteStore sprites) {
        int stone = random.choice(0xa8a39a, 0xb0a58f, 0x9aa0a8);
        long seed = random.nextLong();
        ColourFunction bricks = (u, v) -> {
            double row = v * 26, line = Math.floor(row), along = u * 14 + (line % 2) * 0.5, brick = Math.floor(along);
            boolean joint = row - line < 0.12 || along - brick < 0.07;
            return shade(
                    stone,
                    joint ? 0.78 : 0.92 + 0.16 * ((RandomStream.hash(seed, (int) brick, (int) line) & 255) / 255.0));
        };
        double tower = random.bernoulli(0.5) ? 0.06 : 0.70;
        painter.brush(0.3, 0.3, 0).rect(tower, 0.14, tower + 0.24, 0.64, bricks);
        for (int i = 0; i < 3; i++)
            painter.brush(0.3, 0.9, 0).rect(tower - 0.015 + 0.1 * i, 0.09, tower + 0.055 + 0.1 * i, 0.15, bricks);
        painter.brush(0.3, 0, 0.9)
                .rect(tower + 0.095, 0.24, tower + 0.145, 0.33, solid(0x3a3a44))
                .ellipse(tower + 0.12, 0.24, 0.025, 0.025, solid(0x3a3a44));
        painter.brush(0.3, 0, 0)
                .rect(tower + 0.116, 0.02, tower + 0.124, 0.1, solid(0x4a3a2f))
                .polygon(
                        solid(random.choice(0xc03a3a, 0x3a5fc0, 0xe0b030)),
                        tower + 0.124,
                        0.02,
                        tower + 0.22,
                        0.045,
                        tower + 0.124,
                        0.07);
        painter.brush(0.22, 0.3, 0).rect(0, 0.34, 1, 0.65, bricks);
        for (int i = 0; i < 8; i++) painter.brush(0.22, 0.9, 0).rect(i * 0.13, 0.29, i * 0.13 + 0.075, 0.345, bricks);
        double gate = tower < 0.4 ? 0.62 : 0.28;
        painter.brush(0.2, 0, 0)
                .ellipse(gate, 0.49, 0.1, 0.1, solid(shade(stone, 0.6)))
                .rect(gate - 0.1, 0.49, gate + 0.1, 0.65, solid(shade(stone, 0.6)))
                .ellipse(gate, 0.50, 0.082, 0.085, solid(0x5a3d28))
                .rect(
                        gate - 0.082,
                        0.50,
                        gate + 0.082,
                        0.65,
                        (u, v) -> shade(0x6b4a30, Math.floor(u * 60) % 2 == 0 ? 1 : 0.85));
        long cobble = random.nextLong();
        painter.brush(0.05, 0.86, 0).rect(0, 0.645, 1, 1, (u, v) -> {
            double z = 1 / (v - 0.48),
                    row = z * 7,
                    line = Math.floor(row),
                    along = (u - 0.5) * z * 4 + 40 + 0.5 * (line % 2),
                    c = Math.floor(along);
            boolean joint = row - line < 0.16 || along - c < 0.12;
            return shade(
                    mix(stone, 0x8f8574, 0.5),
                    joint ? 0.82 : 0.95 + 0.14 * ((RandomStream.hash(cobble, (int) c, (int) line) & 255) / 255.0));
        });
    }

    static void harbour(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.55, 0.6, 0).fillBelow(hillCurve(random, 0.455, 0.02, 5), 0.5, solid(0x7f9fa0));
        painter.brush(0.4, 0.4, 0);
        for (int i = 0; i < 7; i++) {
            double u = 0.02 + 0.1 * i + random.uniform(0, 0.02), h = random.uniform(0.05, 0.09);
            int wall = random.choice(0xe8d0a8, 0xd98f7a, 0xf0ead8, 0x9fb8c9);
            painter.brush(0.4, 0, 0)
                    .rect(u, 0.49 - h, u + 0.085, 0.49, solid(wall))
                    .brush(0.4, 0.9, 0)
                    .polygon(solid(0xa8503f), u - 0.006, 0.49 - h, u + 0.0425, 0.455 - h, u + 0.091, 0.49 - h)
                    .brush(0.4, 0, 0.9)
                    .rect(u + 0.015, 0.47 - h * 0.4, u + 0.035, 0.48 - h * 0.1, solid(0x5f7f9a))
                    .rect(u + 0.05, 0.47 - h * 0.4, u + 0.07, 0.48 - h * 0.1, solid(0x5f7f9a));
        }
        double l = 0.84;
        painter.brush(0.3, 0.2, 0)
                .polygon(
                        (u, v) -> Math.floor((v - 0.2) / 0.058) % 2 == 0 ? 0xf4f0e8 : 0xc8403a,
                        l - 0.03,
                        0.2,
                        l + 0.03,
                        0.2,
                        l + 0.045,
                        0.49,
                        l - 0.045,
                        0.49)
                .brush(0.3, 0, 1)
                .rect(l - 0.022, 0.15, l + 0.022, 0.2, solid(0xffe9a0))
                .brush(0.3, 0.9, 0)
                .polygon(solid(0x8f3028), l - 0.035, 0.155, l, 0.11, l + 0.035, 0.155);
        painter.brush(0.25, 0.05, 0);
        water(painter, random, 0.485, 0.76, 0x4f94b8, 0x2a6f94);
        for (int i = 0; i < 2; i++) {
            double u = 0.18 + 0.38 * i + random.uniform(-0.06, 0.06),
                    v = random.uniform(0.56, 0.60),
                    s = random.uniform(0.07, 0.1);
            painter.brush(0.2, 0.5, 0)
                    .polygon(
                            solid(random.choice(0xc8503f, 0x3f6f9f, 0xf0ece0)),
                            u - s,
                            v - s * 0.3,
                            u + s,
                            v - s * 0.3,
                            u + s * 0.7,
                            v,
                            u - s * 0.7,
                            v)
                    .rect(u - 0.004, v - s * 1.9, u + 0.004, v - s * 0.3, solid(0x6a4a30))
                    .polygon(
                            solid(0xf7f3e8),
                            u + 0.006,
                            v - s * 1.85,
                            u + 0.006,
                            v - s * 0.4,
                            u + s * 0.8,
                            v - s * 0.45);
        }
        painter.brush(0.06, 0.86, 0)
                .rect(0, 0.705, 1, 1, groundTexture(0xa89f92, 0x8f877b, 0.6, 2.5, 0.10, random.nextLong()));
        painter.rect(0, 0.695, 1, 0.715, solid(0xc9c0b0)).brush(0.06, 0, 0).rect(0, 0.715, 1, 0.72, solid(0x6f675c));
        for (int i = 0; i < 3; i++)
            painter.brush(0.06, 0.8, 0)
                    .rect(0.14 + 0.34 * i, 0.655, 0.18 + 0.34 * i, 0.705, solid(0x4a4f58))
                    .ellipse(0.16 + 0.34 * i, 0.655, 0.027, 0.013, solid(0x5f656f));
    }

    static void playground(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0.5, 0.7, 0).fillBelow(hillCurve(random, 0.50, 0.02, 5), 1, solid(0x7fb070));
        painter.brush(0.35, 0.5, 0);
        for (int i = 0; i < 6; i++)
            tree(
                    painter,
                    sprites,
                    "deciduous tree",
                    (i + random.nextDouble()) / 6,
                    0.565,
                    random.uniform(0.15, 0.24),
                    0xb8d8b0,
                    0.22,
                    random);
        painter.brush(0.2, 0.8, 0)
                .rect(0, 0.555, 1, 0.66, groundTexture(0x7fc055, 0x6ab048, 0.5, 1.6, 0.10, random.nextLong()));
        boolean left = random.bernoulli(0.5);
        double s = left ? 0.70 : 0.02, w = left ? 0.04 : 0.62;
        int frame = random.choice(0xd04a3f, 0x3f78c0, 0xe0a030), seat = random.choice(0x3f9f5a, 0xf0c040, 0x8f5fc0);
        ColourFunction f = solid(frame);
        painter.brush(0.12, 0.4, 0)
                .line(w, 0.65, w + 0.05, 0.34, 0.014, f)
                .line(w + 0.1, 0.65, w + 0.05, 0.34, 0.014, f)
                .line(w + 0.24, 0.65, w + 0.29, 0.34, 0.014, f)
                .line(w + 0.34, 0.65, w + 0.29, 0.34, 0.014, f)
                .line(w + 0.04, 0.34, w + 0.30, 0.34, 0.016, f);
        for (int i = 0; i < 2; i++) {
            double u = w + 0.10 + 0.1 * i;
            painter.line(u, 0.34, u, 0.56, 0.004, solid(0x5a5a5a))
                    .line(u + 0.045, 0.34, u + 0.045, 0.56, 0.004, solid(0x5a5a5a))
                    .rect(u - 0.008, 0.555, u + 0.053, 0.568, solid(seat));
        }
        painter.line(s + 0.06, 0.40, s + 0.06, 0.66, 0.012, solid(0x7a7f88))
                .line(s + 0.11, 0.40, s + 0.11, 0.66, 0.012, solid(0x7a7f88));
        for (int i = 0; i < 5; i++)
            painter.rect(s + 0.06, 0.44 + 0.045 * i, s + 0.11, 0.45 + 0.045 * i, solid(0x9aa0a8));
        painter.polygon(
                        solid(seat),
                        s + 0.10,
                        0.385,
                        s + 0.13,
                        0.385,
                        s + 0.27,
                        0.63,
                        s + 0.30,
                        0.645,
                        s + 0.30,
                        0.665,
                        s + 0.25,
                        0.66)
                .rect(s + 0.05, 0.375, s + 0.13, 0.405, f);
        painter.brush(0.05, 0.86, 0)
                .fillBelow(
                        hillCurve(random, 0.655, 0.006, 4),
                        1,
                        groundTexture(0xe0c48c, 0xeed6a5, 0.55, 1.5, 0.08, random.nextLong()));
    }
}
