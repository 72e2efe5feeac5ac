package dev.mige4j.corpus.renderer;

import static dev.mige4j.corpus.renderer.BackgroundElements.floorBoards;
import static dev.mige4j.corpus.renderer.BackgroundElements.planks;
import static dev.mige4j.corpus.renderer.BackgroundElements.window;
import static dev.mige4j.corpus.renderer.Painter.groundTexture;
import static dev.mige4j.corpus.renderer.Painter.mix;
import static dev.mige4j.corpus.renderer.Painter.shade;
import static dev.mige4j.corpus.renderer.Painter.solid;
import static dev.mige4j.corpus.renderer.Painter.verticalGradient;
import static dev.mige4j.corpus.renderer.Painter.withNoise;

import dev.mige4j.corpus.renderer.Painter.ColourFunction;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.sprites.SpriteStore;

/** Backgrounds of rooms, of the table top and of the ice cave. */
final class IndoorBackgrounds {

    private IndoorBackgrounds() {}

    static void livingRoom(Painter painter, RandomStream random, SpriteStore sprites) {
        int wall = random.choice(0xe8cfc0, 0xcfd9c6, 0xc9d6e3, 0xe6d9b8, 0xdcc5d0);
        painter.brush(0, 0, 0).rect(0, 0, 1, 0.67, (u, v) -> shade(wall, Math.floor(u * 24) % 2 == 0 ? 1 : 0.97));
        painter.rect(0, 0.645, 1, 0.67, solid(0xf3efe8));
        floorBoards(painter, random, 0.67, random.choice(0xb98654, 0xa87445, 0xc99a68));
        boolean right = random.bernoulli(0.5);
        double w = right ? 0.62 : 0.12;
        window(painter, w, 0.14, w + 0.26, 0.46, 0xfaf7f0);
        int curtain = random.choice(0xd9a441, 0xc0574f, 0x5f86b3, 0x6f9f6a);
        painter.brush(0, 0, 0)
                .polygon(
                        verticalGradient(curtain, shade(curtain, 0.8), 0.1, 0.6),
                        w - 0.08,
                        0.10,
                        w + 0.03,
                        0.10,
                        w - 0.02,
                        0.6,
                        w - 0.08,
                        0.6)
                .polygon(
                        verticalGradient(curtain, shade(curtain, 0.8), 0.1, 0.6),
                        w + 0.23,
                        0.10,
                        w + 0.34,
                        0.10,
                        w + 0.34,
                        0.6,
                        w + 0.28,
                        0.6)
                .rect(w - 0.1, 0.09, w + 0.36, 0.105, solid(0x7a5433));
        double f = right ? 0.16 : 0.62;
        painter.rect(f, 0.2, f + 0.22, 0.38, solid(0x7a5433))
                .rect(
                        f + 0.02,
                        0.22,
                        f + 0.20,
                        0.36,
                        verticalGradient(random.choice(0x8fc0d9, 0xf0b27a, 0xb7d99a), 0xf4ead0, 0.22, 0.36));
        int rug = random.choice(0xc0574f, 0x4f7fa8, 0x7f9f5a, 0xb8874a);
        painter.ellipse(0.5, 0.87, 0.38, 0.1, solid(rug))
                .ellipse(0.5, 0.87, 0.34, 0.085, solid(mix(rug, 0xffffff, 0.25)))
                .ellipse(0.5, 0.87, 0.29, 0.07, solid(rug));
        double lamp = right ? 0.06 : 0.94;
        painter.rect(lamp - 0.006, 0.44, lamp + 0.006, 0.72, solid(0x5a4a3d))
                .brush(0, 0, 1)
                .polygon(solid(0xf7e2a8), lamp - 0.035, 0.36, lamp + 0.035, 0.36, lamp + 0.06, 0.46, lamp - 0.06, 0.46);
    }

    static void woodenTable(Painter painter, RandomStream random, SpriteStore sprites) {
        int wall = random.choice(0x8fa7a0, 0x93a0b5, 0xb0a08f, 0xa58f9f, 0x9fae8a);
        painter.brush(0.3, 0, 0)
                .rect(
                        0,
                        0,
                        1,
                        0.64,
                        withNoise(
                                verticalGradient(shade(wall, 0.9), shade(wall, 1.1), 0, 0.64),
                                2.5,
                                2.5,
                                0.12,
                                random.nextLong()));
        for (int i = 0; i < 12; i++) {
            double r = random.uniform(0.03, 0.07);
            painter.opacity = random.uniform(0.10, 0.25);
            painter.brush(0.3, 0, 0.5)
                    .softEllipse(
                            random.nextDouble(),
                            random.uniform(0.03, 0.5),
                            r,
                            r,
                            0.25,
                            solid(random.choice(0xfff0c8, 0xd8f0e8, 0xffd9c0)));
        }
        painter.opacity = 1;
        painter.brush(0, 0, 0);
        planks(painter, random, 0.63, 1, random.choice(0xb07a48, 0x9c6a3f, 0xc08e5c), 0.12);
        painter.rect(0, 0.63, 1, 0.637, solid(0xd8a878));
    }

    static void kitchen(Painter painter, RandomStream random, SpriteStore sprites) {
        int tile = random.choice(0xdfeaf0, 0xf0ead8, 0xd9ecdf),
                door = random.choice(0x5f8fa8, 0x7fa070, 0xb87a4f, 0xd9d3c8);
        painter.brush(0, 0, 0).rect(0, 0, 1, 0.7, (u, v) -> {
            double a = u * 14 - Math.floor(u * 14), c = v * 14 - Math.floor(v * 14);
            return a < 0.06 || c < 0.06 ? shade(tile, 0.88) : tile;
        });
        for (int i = 0; i < 4; i++) {
            if (i == 2) continue;
            painter.rect(0.02 + 0.25 * i, 0.0, 0.02 + 0.25 * i + 0.215, 0.20, solid(shade(door, 0.9)))
                    .rect(0.035 + 0.25 * i, 0.015, 0.02 + 0.25 * i + 0.2, 0.185, solid(door))
                    .ellipse(0.05 + 0.25 * i, 0.16, 0.008, 0.008, solid(0xf5f0e0));
        }
        window(painter, 0.54, 0.05, 0.72, 0.28, 0xfaf7f0);
        painter.rect(0, 0.44, 1, 0.475, solid(0x6a5a50)).rect(0, 0.435, 1, 0.45, solid(0xb8aaa0));
        for (int i = 0; i < 4; i++)
            painter.rect(0.25 * i, 0.475, 0.25 * (i + 1), 0.70, solid(shade(door, 0.82)))
                    .rect(0.25 * i + 0.012, 0.49, 0.25 * (i + 1) - 0.012, 0.685, solid(shade(door, 0.95)))
                    .rect(0.25 * i + 0.09, 0.515, 0.25 * i + 0.16, 0.525, solid(0xf5f0e0));
        double pot = random.bernoulli(0.5) ? 0.14 : 0.84;
        painter.rect(pot - 0.06, 0.37, pot + 0.06, 0.438, verticalGradient(0xd0533f, 0xa03a2c, 0.37, 0.44))
                .rect(pot - 0.068, 0.362, pot + 0.068, 0.376, solid(0x8f3326))
                .ellipse(pot, 0.358, 0.012, 0.01, solid(0x333333));
        int a = random.choice(0xf2efe8, 0xe8e0cc), b = random.choice(0x9fb0b8, 0xb88f78, 0x8fa58a);
        painter.rect(0, 0.70, 1, 1, (u, v) -> {
            double z = 1 / (v - 0.50);
            return (Math.floor((u - 0.5) * z * 1.3 + 50) + Math.floor(z * 2.2)) % 2 == 0 ? a : b;
        });
    }

    static void library(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0, 0, 0).rect(0, 0, 1, 0.72, solid(0x5f3f2a));
        for (int shelf = 0; shelf < 4; shelf++) {
            double v0 = 0.01 + 0.175 * shelf, v1 = v0 + 0.155;
            painter.rect(0, v0, 1, v1, verticalGradient(0x3a2618, 0x4f3522, v0, v1));
            for (double u = 0.01; u < 0.99; ) {
                double w = random.uniform(0.016, 0.034), h = random.uniform(0.10, 0.142);
                int c = random.choice(0xb8453a, 0x3f6f9f, 0x4f8f5a, 0xd0a040, 0x7a4f8f, 0xc9b89a, 0x2f4f6a, 0xa0603a);
                if (random.bernoulli(0.93))
                    painter.rect(u, v1 - h, u + w, v1, solid(c))
                            .rect(u, v1 - h * 0.8, u + w, v1 - h * 0.74, solid(mix(c, 0xffe8a0, 0.5)));
                u += w + 0.003;
            }
            painter.rect(0, v1, 1, v1 + 0.02, solid(0x8f6238));
        }
        for (int i = 0; i <= 3; i++) painter.rect(i / 3.0 - 0.012, 0, i / 3.0 + 0.012, 0.72, solid(0x8f6238));
        floorBoards(painter, random, 0.715, random.choice(0xa87445, 0x9c6a3f));
        int rug = random.choice(0x8f3a3a, 0x3f5f7f, 0x4f6f4a);
        painter.polygon(solid(rug), 0.2, 0.79, 0.8, 0.79, 0.96, 0.98, 0.04, 0.98)
                .polygon(solid(mix(rug, 0xffe0a0, 0.35)), 0.22, 0.80, 0.78, 0.80, 0.925, 0.965, 0.075, 0.965)
                .polygon(solid(rug), 0.235, 0.81, 0.765, 0.81, 0.895, 0.95, 0.105, 0.95);
        double lamp = random.bernoulli(0.5) ? 0.07 : 0.93;
        painter.rect(lamp - 0.007, 0.46, lamp + 0.007, 0.78, solid(0xb08a3f))
                .brush(0, 0, 1)
                .polygon(solid(0x6fae7a), lamp - 0.03, 0.38, lamp + 0.03, 0.38, lamp + 0.06, 0.47, lamp - 0.06, 0.47);
    }

    static void stage(Painter painter, RandomStream random, SpriteStore sprites) {
        int cloth = random.choice(0xb02a34, 0xa82838, 0xc03038);
        painter.brush(0, 0, 0).rect(0, 0, 1, 0.72, verticalGradient(0x2a1a2f, 0x4a2a3f, 0, 0.7));
        double spot = random.uniform(0.4, 0.6);
        painter.opacity = 0.30;
        painter.brush(0, 0, 0.6)
                .polygon(solid(0xfff0c0), spot - 0.02, 0, spot + 0.02, 0, spot + 0.3, 0.9, spot - 0.3, 0.9);
        painter.opacity = 1;
        painter.brush(0, 0, 0);
        double wave = random.uniform(0.8, 1.2);
        ColourFunction folds = (u, v) -> shade(cloth, 0.85 + 0.25 * StrictMath.sin(u * 95 * wave));
        painter.polygon(folds, 0, 0, 0.22, 0, 0.20, 0.3, 0.13, 0.74, 0, 0.74)
                .polygon(folds, 1, 0, 0.78, 0, 0.80, 0.3, 0.87, 0.74, 1, 0.74);
        for (int i = 0; i < 5; i++)
            painter.ellipse(0.1 + 0.2 * i, 0.02, 0.12, 0.10, (u, v) -> shade(cloth, 1.05 - v * 2.2));
        painter.rect(0, 0, 1, 0.02, solid(0xd9a441));
        planks(painter, random, 0.72, 1, random.choice(0xa8703f, 0xb07a48), 0.40);
        painter.opacity = 0.45;
        painter.brush(0, 0, 0.6).softEllipse(spot, 0.86, 0.34, 0.09, 0.5, solid(0xfff0c8));
        painter.opacity = 1;
    }

    static void iceCave(Painter painter, RandomStream random, SpriteStore sprites) {
        painter.brush(0, 0, 0.15)
                .rect(
                        0,
                        0,
                        1,
                        0.7,
                        withNoise(verticalGradient(0x5fa8d8, 0xc9ecf8, 0, 0.7), 5, 7, 0.12, random.nextLong()));
        painter.brush(0, 0, 0.4).softEllipse(0.5, 0.46, 0.3, 0.24, 0.9, solid(0xeffaff));
        for (int i = 0; i < 4; i++)
            for (int side = 0; side < 2; side++) {
                double w = 0.30 - 0.06 * i + random.uniform(-0.02, 0.02), s = side;
                double dir = side == 0 ? 1 : -1;
                painter.brush(0, 0, 0)
                        .polygon(
                                withNoise(solid(mix(0x9fd8f0, 0x2f6fa8, i / 3.5)), 9, 9, 0.10, random.nextLong()),
                                s,
                                0,
                                s + dir * w * 1.3,
                                0,
                                s + dir * w * 0.8,
                                0.2,
                                s + dir * w,
                                0.4,
                                s + dir * w * 0.7,
                                0.7,
                                s,
                                0.72);
            }
        for (int i = 0; i < 13; i++) {
            double u = (i + random.nextDouble()) / 13, h = random.uniform(0.07, 0.24), w = random.uniform(0.012, 0.03);
            painter.polygon(verticalGradient(0xa8dcf4, 0xf0fbff, 0, h), u - w, -0.01, u + w, -0.01, u + w * 0.15, h)
                    .polygon(solid(0xffffff), u - w * 0.5, -0.01, u - w * 0.2, -0.01, u, h * 0.8);
        }
        painter.rect(0, 0.68, 1, 1, groundTexture(0xbfe6f5, 0xe6f7fd, 0.6, 1.2, 0.08, random.nextLong()));
        for (int i = 0; i < 5; i++) {
            double u = i % 2 == 0 ? random.uniform(0, 0.2) : random.uniform(0.8, 1), h = random.uniform(0.08, 0.16);
            painter.polygon(
                    verticalGradient(0xd8f3fd, 0x7fc0e0, 0.7 - h, 0.72),
                    u - h * 0.3,
                    0.72,
                    u - h * 0.05,
                    0.72 - h,
                    u + h * 0.3,
                    0.72);
        }
    }
}
