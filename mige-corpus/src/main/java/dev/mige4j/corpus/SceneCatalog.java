package dev.mige4j.corpus;

import static dev.mige4j.corpus.Painter.groundTexture;
import static dev.mige4j.corpus.Painter.mix;
import static dev.mige4j.corpus.Painter.shade;
import static dev.mige4j.corpus.Painter.solid;
import static dev.mige4j.corpus.Painter.verticalGradient;
import static dev.mige4j.corpus.Painter.withNoise;
import static dev.mige4j.corpus.Scene.Environment.*;
import static dev.mige4j.corpus.Scene.GroundType.*;

import dev.mige4j.corpus.Painter.ColourFunction;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/**
 * How the land of each scene is painted: a few landmarks that stay (so that the place is recognised at 128 pixels), the
 * rest drawn from the seed. Trees are the drawings of {@link #PLANT_CONCEPTS} where they are at hand, simple shapes
 * otherwise.
 */
final class SceneCatalog {

    interface BackgroundGenerator {
        void generate(Painter painter, RandomStream random, SpriteStore sprites);
    }

    /** Drawings that scenes are planted with; they are no concepts, so that no instruction names them. */
    static final List<Concept> PLANT_CONCEPTS = List.of(
            plantConcept("1f332", "evergreen tree"),
            plantConcept("1f333", "deciduous tree"),
            plantConcept("1f334", "palm tree"),
            plantConcept("1f335", "cactus"),
            plantConcept("1f33a", "hibiscus plant"));

    private static Concept plantConcept(String code, String name) {
        return new Concept(code, name, Concept.Category.PLANT, 1, Set.of());
    }

    private SceneCatalog() {}

    static List<Scene> scenes() {
        return List.of(
                new Scene(
                        "beach",
                        "a beach",
                        List.of("on a beach", "at the seaside", "on the sand by the sea"),
                        OUTDOORS,
                        SAND,
                        0.46,
                        0.70,
                        0.95,
                        SceneCatalog::beach),
                new Scene(
                        "snowy mountains",
                        "snowy mountains",
                        List.of("in the snowy mountains", "standing in the snow", "in the winter mountains"),
                        OUTDOORS,
                        SNOW,
                        0.58,
                        0.68,
                        0.95,
                        SceneCatalog::snowyMountains),
                new Scene(
                        "meadow",
                        "a meadow",
                        List.of("on a meadow", "on the green grass", "in a field of grass"),
                        OUTDOORS,
                        GRASS,
                        0.52,
                        0.64,
                        0.95,
                        SceneCatalog::meadow),
                new Scene(
                        "desert",
                        "a desert",
                        List.of("in a desert", "among sand dunes", "in the hot desert"),
                        OUTDOORS,
                        SAND,
                        0.55,
                        0.68,
                        0.95,
                        SceneCatalog::desert),
                new Scene(
                        "city street",
                        "a city street",
                        List.of("on a city street", "in the city", "on a road in town"),
                        OUTDOORS,
                        STONE,
                        0.60,
                        0.74,
                        0.96,
                        SceneCatalog::cityStreet),
                new Scene(
                        "forest",
                        "a forest path",
                        List.of("on a forest path", "in a forest", "in the woods"),
                        OUTDOORS,
                        GRASS,
                        0.56,
                        0.68,
                        0.95,
                        SceneCatalog::forest),
                new Scene(
                        "under water",
                        "the sea floor",
                        List.of("under water", "at the bottom of the sea", "in the deep blue sea"),
                        WATER,
                        NONE,
                        0.80,
                        0.86,
                        0.96,
                        SceneCatalog::underWater),
                new Scene(
                        "moon",
                        "the moon",
                        List.of("on the moon", "in space on the moon", "on a grey moon"),
                        SPACE,
                        STONE,
                        0.66,
                        0.75,
                        0.95,
                        SceneCatalog::moon),
                new Scene(
                        "living room",
                        "a living room",
                        List.of("in a living room", "at home in the living room", "inside a cosy room"),
                        INDOORS,
                        WOOD,
                        0.66,
                        0.76,
                        0.96,
                        SceneCatalog::livingRoom),
                new Scene(
                        "wooden table",
                        "a wooden table",
                        List.of("on a wooden table", "on a table", "on top of a wooden table"),
                        INDOORS,
                        TABLE,
                        0.62,
                        0.74,
                        0.94,
                        SceneCatalog::woodenTable),
                new Scene(
                        "country road",
                        "a country road",
                        List.of("on a country road", "on a road through the fields", "on a rural road"),
                        OUTDOORS,
                        STONE,
                        0.52,
                        0.68,
                        0.95,
                        SceneCatalog::countryRoad),
                new Scene(
                        "mountain lake",
                        "a mountain lake",
                        List.of("at a mountain lake", "by a lake in the mountains", "beside a lake"),
                        OUTDOORS,
                        GRASS,
                        0.50,
                        0.76,
                        0.96,
                        SceneCatalog::mountainLake),
                new Scene(
                        "jungle",
                        "a jungle",
                        List.of("in a jungle", "in the tropical rainforest", "among jungle leaves"),
                        OUTDOORS,
                        GRASS,
                        0.58,
                        0.70,
                        0.95,
                        SceneCatalog::jungle),
                new Scene(
                        "autumn park",
                        "an autumn park",
                        List.of("in an autumn park", "in a park in autumn", "among autumn leaves"),
                        OUTDOORS,
                        GRASS,
                        0.56,
                        0.68,
                        0.95,
                        SceneCatalog::autumnPark),
                new Scene(
                        "farm",
                        "a farm",
                        List.of("on a farm", "in front of a red barn", "at the farm"),
                        OUTDOORS,
                        GRASS,
                        0.55,
                        0.68,
                        0.95,
                        SceneCatalog::farm),
                new Scene(
                        "garden",
                        "a flower garden",
                        List.of("in a flower garden", "in the garden", "among garden flowers"),
                        OUTDOORS,
                        GRASS,
                        0.50,
                        0.70,
                        0.95,
                        SceneCatalog::flowerGarden),
                new Scene(
                        "kitchen",
                        "a kitchen",
                        List.of("in a kitchen", "on the kitchen floor", "inside the kitchen"),
                        INDOORS,
                        STONE,
                        0.68,
                        0.78,
                        0.96,
                        SceneCatalog::kitchen),
                new Scene(
                        "library",
                        "a library",
                        List.of("in a library", "in front of bookshelves", "in a room full of books"),
                        INDOORS,
                        WOOD,
                        0.70,
                        0.79,
                        0.96,
                        SceneCatalog::library),
                new Scene(
                        "stage",
                        "a stage",
                        List.of("on a stage", "on the theatre stage", "in front of red curtains"),
                        INDOORS,
                        WOOD,
                        0.70,
                        0.78,
                        0.95,
                        SceneCatalog::stage),
                new Scene(
                        "castle yard",
                        "a castle yard",
                        List.of("in a castle yard", "in front of a castle wall", "inside an old castle"),
                        OUTDOORS,
                        STONE,
                        0.62,
                        0.72,
                        0.96,
                        SceneCatalog::castleYard),
                new Scene(
                        "volcano",
                        "a volcano",
                        List.of("in front of a volcano", "near a volcano", "by an erupting volcano"),
                        OUTDOORS,
                        STONE,
                        0.60,
                        0.70,
                        0.95,
                        SceneCatalog::volcano),
                new Scene(
                        "harbour",
                        "a harbour",
                        List.of("in a harbour", "at the harbour", "on a quay by the water"),
                        OUTDOORS,
                        STONE,
                        0.48,
                        0.76,
                        0.96,
                        SceneCatalog::harbour),
                new Scene(
                        "playground",
                        "a playground",
                        List.of("on a playground", "at the playground", "near the swings of a playground"),
                        OUTDOORS,
                        SAND,
                        0.55,
                        0.70,
                        0.95,
                        SceneCatalog::playground),
                new Scene(
                        "ice cave",
                        "an ice cave",
                        List.of("in an ice cave", "inside a cave of ice", "in a frozen cave"),
                        INDOORS,
                        SNOW,
                        0.64,
                        0.74,
                        0.95,
                        SceneCatalog::iceCave));
    }

    // ---- parts

    private static DoubleUnaryOperator hillCurve(RandomStream random, double base, double height, double waves) {
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

    /** A mountain with a lit and a shaded side, and a white top where {@code cap} > 0. */
    private static void mountain(
            Painter e,
            double u,
            double foot,
            double height,
            double halfWidth,
            int rock,
            double snowCap,
            RandomStream random) {
        double top = foot - height, lean = random.uniform(-0.15, 0.15) * halfWidth;
        long seed = random.nextLong();
        e.polygon(withNoise(solid(rock), 14, 14, 0.10, seed), u - halfWidth, foot, u, top, u + halfWidth, foot);
        e.polygon(
                withNoise(solid(shade(rock, 0.78)), 14, 14, 0.10, seed + 5),
                u,
                top,
                u + halfWidth,
                foot,
                u + lean,
                foot);
        if (snowCap <= 0) return;
        double previousSnow = e.strokeSnow;
        e.strokeSnow = 1;
        double w = halfWidth * snowCap, y = top + height * snowCap;
        e.polygon(
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
        e.polygon(
                solid(0xd3dcec),
                u,
                top,
                u + w,
                y,
                u + w * 0.6,
                y - height * snowCap * 0.18,
                u + w * 0.25,
                y + height * snowCap * 0.15);
        e.strokeSnow = previousSnow;
    }

    private static void tree(
            Painter e,
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
            e.drawSprite(sprites.get(kind, set), u, v, height, haze, amount, flip);
        } else if (kind.startsWith("ever")) {
            e.rect(u - height * 0.04, v - height * 0.2, u + height * 0.04, v, solid(mix(0x6b4a2f, haze, amount)));
            for (int k = 0; k < 3; k++)
                e.polygon(
                        solid(mix(shade(0x2f7a45, 1 - 0.1 * k), haze, amount)),
                        u - height * (0.30 - 0.07 * k),
                        v - height * (0.14 + 0.22 * k),
                        u,
                        v - height * (0.62 + 0.19 * k),
                        u + height * (0.30 - 0.07 * k),
                        v - height * (0.14 + 0.22 * k));
        } else if (kind.equals("cactus")) {
            ColourFunction p = solid(mix(0x4f9a4a, haze, amount));
            e.rect(u - height * 0.09, v - height, u + height * 0.09, v, p)
                    .rect(u - height * 0.3, v - height * 0.75, u - height * 0.18, v - height * 0.4, p)
                    .rect(u - height * 0.3, v - height * 0.5, u, v - height * 0.4, p)
                    .rect(u, v - height * 0.6, u + height * 0.3, v - height * 0.5, p)
                    .rect(u + height * 0.18, v - height * 0.85, u + height * 0.3, v - height * 0.5, p);
        } else {
            e.rect(u - height * 0.05, v - height * 0.5, u + height * 0.05, v, solid(mix(0x6b4a2f, haze, amount)));
            foliage(e, u, v - height * 0.66, height * 0.34, mix(0x4f9a3c, haze, amount), random);
        }
    }

    /** A round crown of leaves in three tones. */
    private static void foliage(Painter e, double u, double v, double radius, int leaf, RandomStream random) {
        for (int k = 0; k < 9; k++) {
            double a = k * 0.7 + random.uniform(0, 0.4), d = k == 0 ? 0 : radius * 0.5;
            e.ellipse(
                    u + d * StrictMath.cos(a),
                    v + d * 0.8 * StrictMath.sin(a),
                    radius * 0.55,
                    radius * 0.5,
                    solid(shade(leaf, 0.88 + 0.05 * (k % 4))));
        }
        e.ellipse(u - radius * 0.25, v - radius * 0.3, radius * 0.45, radius * 0.38, solid(shade(leaf, 1.14)));
    }

    /** A leafy tree of one colour, painted (autumn, park, far rows). */
    private static void leafyTree(
            Painter e, double u, double v, double height, int leaf, int trunk, RandomStream random) {
        e.polygon(
                solid(trunk),
                u - height * 0.055,
                v,
                u - height * 0.03,
                v - height * 0.5,
                u + height * 0.03,
                v - height * 0.5,
                u + height * 0.055,
                v);
        foliage(e, u, v - height * 0.68, height * 0.33, leaf, random);
    }

    private static void flowers(Painter e, RandomStream random, double v0, double v1, int count, int... colours) {
        for (int i = 0; i < count; i++) {
            double t = random.nextDouble(), v = v0 + (v1 - v0) * t, u = random.nextDouble(), s = 0.003 + 0.006 * t;
            int c = colours[random.nextInt(colours.length)];
            e.ellipse(u, v, s * 1.3, s, solid(c)).ellipse(u, v, s * 0.45, s * 0.4, solid(0xfff2b0));
        }
    }

    private static void grassBlades(Painter e, RandomStream random, double v0, double v1, int count, int colour) {
        for (int i = 0; i < count; i++) {
            double t = random.nextDouble(), v = v0 + (v1 - v0) * t, u = random.nextDouble(), h = 0.008 + 0.018 * t;
            e.polygon(
                    solid(shade(colour, random.uniform(0.85, 1.2))),
                    u - h * 0.18,
                    v,
                    u + random.uniform(-0.5, 0.5) * h,
                    v - h,
                    u + h * 0.18,
                    v);
        }
    }

    private static void planks(Painter e, RandomStream random, double v0, double v1, int wood, double vanish) {
        long seed = random.nextLong();
        double shift = random.nextDouble();
        e.rect(0, v0, 1, v1, (u, v) -> {
            double z = 1 / (v - vanish),
                    row = (u - 0.5) * z * 1.7 + 20 + shift,
                    board = Math.floor(row),
                    edge = Math.min(row - board, board + 1 - row);
            double tone = 0.93 + 0.13 * ((RandomStream.hash(seed, (int) board, 0) & 255) / 255.0);
            double grain = 2 * ValueNoise.fractal(row * 9, z * 1.4 + board * 3.3, 3, seed) - 1;
            return shade(wood, (edge < 0.035 ? 0.76 : tone) * (1 + 0.10 * grain));
        });
    }

    private static void floorBoards(Painter e, RandomStream random, double v0, int wood) {
        long seed = random.nextLong();
        e.rect(0, v0, 1, 1, (u, v) -> {
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

    private static void window(Painter e, double u0, double v0, double u1, double v1, int frame) {
        e.brush(0, 0, 0).rect(u0 - 0.014, v0 - 0.014, u1 + 0.014, v1 + 0.02, solid(frame));
        e.brush(0.9, 0, 0).rect(u0, v0, u1, v1, verticalGradient(0x8cc6f2, 0xd8eefb, v0, v1));
        e.fillBelow(
                u -> u < u0 || u > u1 ? 2 : v1 - (v1 - v0) * (0.22 + 0.06 * StrictMath.sin(u * 25)),
                v1,
                solid(0x8fc58a));
        e.brush(0, 0, 0)
                .rect((u0 + u1) / 2 - 0.005, v0, (u0 + u1) / 2 + 0.005, v1, solid(frame))
                .rect(u0, (v0 + v1) / 2 - 0.005, u1, (v0 + v1) / 2 + 0.005, solid(frame));
    }

    private static void water(Painter e, RandomStream random, double v0, double v1, int farColour, int nearColour) {
        long seed = random.nextLong();
        e.rect(0, v0, 1, v1, (u, v) -> {
            double z = 1 / (v - v0 + 0.03), wave = 2 * ValueNoise.fractal((u - 0.5) * z * 1.3, z * 7, 3, seed) - 1;
            int c = mix(farColour, nearColour, (v - v0) / (v1 - v0));
            return wave > 0.42 ? mix(c, 0xffffff, 0.4) : shade(c, 1 + 0.08 * wave);
        });
    }

    private static void fence(Painter e, double v, double height, int wood, double step) {
        e.rect(0, v - height * 0.78, 1, v - height * 0.62, solid(shade(wood, 0.94)))
                .rect(0, v - height * 0.40, 1, v - height * 0.24, solid(shade(wood, 0.94)));
        for (double u = step / 2; u < 1; u += step)
            e.polygon(
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

    // ---- scenes

    private static void beach(Painter e, RandomStream d, SpriteStore p) {
        double shore = d.uniform(0.585, 0.625);
        e.brush(0.35, 0, 0);
        water(e, d, 0.46, shore + 0.02, d.choice(0x2f86b8, 0x2b8fc0, 0x3593b0), 0x53c3cf);
        DoubleUnaryOperator line = hillCurve(d, shore, 0.008, 7);
        e.brush(0.1, 0.7, 0).fillBelow(u -> line.applyAsDouble(u) - 0.012, shore + 0.05, solid(0xf3fbfb));
        e.brush(0.06, 0.86, 0)
                .fillBelow(
                        u -> line.applyAsDouble(u),
                        1,
                        groundTexture(0xe3bf82, d.choice(0xf2d59d, 0xf0cf92, 0xf5dcab), 0.5, 1.6, 0.10, d.nextLong()));
        for (int i = 0; i < 26; i++)
            e.ellipse(
                    d.nextDouble(), d.uniform(0.68, 0.99), 0.006, 0.003, solid(d.choice(0xfff3dc, 0xd3a86a, 0xe9b8a0)));
        double side = d.bernoulli(0.5) ? d.uniform(0.03, 0.14) : d.uniform(0.86, 0.97);
        e.brush(0.08, 0.3, 0);
        tree(e, p, "palm tree", side, d.uniform(0.66, 0.70), d.uniform(0.42, 0.5), 0xdfe8e0, 0.08, d);
    }

    private static void snowyMountains(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.55, 0.3, 0);
        for (int i = 0; i < 3; i++)
            mountain(
                    e,
                    0.1 + 0.4 * i + d.uniform(-0.1, 0.1),
                    0.62,
                    d.uniform(0.22, 0.30),
                    d.uniform(0.2, 0.28),
                    0x8797b5,
                    0.55,
                    d);
        e.brush(0.35, 0.3, 0);
        for (int i = 0; i < 2; i++)
            mountain(
                    e,
                    0.25 + 0.5 * i + d.uniform(-0.12, 0.12),
                    0.63,
                    d.uniform(0.26, 0.36),
                    d.uniform(0.22, 0.3),
                    0x66779a,
                    0.5,
                    d);
        e.brush(0.15, 0.9, 0)
                .fillBelow(
                        hillCurve(d, 0.60, 0.012, 5),
                        1,
                        groundTexture(0xdfe8f4, 0xf7faff, 0.56, 0.9, 0.05, d.nextLong()));
        e.brush(0.2, 0.6, 0);
        for (int i = 0; i < 9; i++) {
            double u = i < 5 ? d.uniform(-0.02, 0.3) : d.uniform(0.7, 1.02), h = d.uniform(0.1, 0.17);
            tree(e, p, "evergreen tree", u, 0.615 + 0.15 * h, h, 0xcfdbec, 0.35, d);
        }
    }

    private static void meadow(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.55, 0.7, 0).fillBelow(hillCurve(d, 0.46, 0.05, 4), 1, solid(0x7fae8d));
        e.brush(0.38, 0.75, 0)
                .fillBelow(hillCurve(d, 0.50, 0.03, 6), 1, withNoise(solid(0x6fb25f), 30, 30, 0.06, d.nextLong()));
        e.brush(0.3, 0.5, 0);
        for (int i = 0, n = 3 + d.nextInt(4); i < n; i++)
            tree(e, p, "deciduous tree", d.nextDouble(), 0.535, d.uniform(0.07, 0.12), 0xa8cfc0, 0.3, d);
        e.brush(0.08, 0.86, 0)
                .fillBelow(
                        hillCurve(d, 0.54, 0.008, 5),
                        1,
                        groundTexture(0x7cc24f, d.choice(0x4fa63c, 0x57ab3b, 0x489c42), 0.48, 1.7, 0.13, d.nextLong()));
        grassBlades(e, d, 0.6, 1.0, 160, 0x3f9434);
        flowers(e, d, 0.6, 0.99, 60, 0xffffff, 0xffe14d, 0xff8fb8);
    }

    private static void desert(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.6, 0.6, 0).fillBelow(hillCurve(d, 0.50, 0.035, 4), 1, solid(0xd9a066));
        DoubleUnaryOperator dune = hillCurve(d, 0.545, 0.045, 5);
        e.brush(0.35, 0.75, 0)
                .fillBelow(
                        dune,
                        1,
                        (u, v) -> (dune.applyAsDouble(u + 0.03) > dune.applyAsDouble(u - 0.03) ? 0xd9954f : 0xe9b26b));
        e.brush(0.1, 0.86, 0)
                .fillBelow(
                        hillCurve(d, 0.62, 0.02, 3),
                        1,
                        groundTexture(0xe3a85f, d.choice(0xf0c27b, 0xeebb70, 0xf3c987), 0.52, 1.4, 0.09, d.nextLong()));
        e.brush(0.2, 0.5, 0);
        for (int i = 0, n = 2 + d.nextInt(2); i < n; i++) {
            double h = d.uniform(0.13, 0.24);
            tree(
                    e,
                    p,
                    "cactus",
                    i == 0 ? d.uniform(0.05, 0.2) : d.uniform(0.75, 0.95),
                    0.60 + 0.18 * h,
                    h,
                    0xe8c49a,
                    0.18,
                    d);
        }
        e.brush(0.05, 0.6, 0);
        for (int i = 0; i < 6; i++)
            e.ellipse(d.nextDouble(), d.uniform(0.7, 0.97), d.uniform(0.008, 0.02), 0.008, solid(0xb07a45));
    }

    private static void building(
            Painter e, RandomStream d, double u0, double v0, double u1, double v1, int wall, double dark) {
        e.brush(dark, 0.15, 0)
                .rect(u0, v0, u1, v1, verticalGradient(wall, shade(wall, 0.86), v0, v1))
                .brush(dark, 0.9, 0)
                .rect(u0, v0, u1, v0 + 0.012, solid(shade(wall, 0.75)));
        double step = 0.034;
        for (double v = v0 + 0.03; v < v1 - 0.04; v += step * 1.15)
            for (double u = u0 + 0.014; u < u1 - 0.022; u += step) {
                e.brush(dark, 0, d.bernoulli(0.55) ? 0.95 : 0.05)
                        .rect(u, v, u + 0.018, v + 0.022, solid(mix(0x8fb9d9, 0x4f7395, d.nextDouble())));
            }
    }

    private static void cityStreet(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.55, 0.2, 0);
        for (double u = -0.03; u < 1; ) {
            double w = d.uniform(0.08, 0.14);
            building(e, d, u, d.uniform(0.12, 0.34), u + w, 0.62, d.choice(0x9fb2c8, 0xa9b6c4, 0x8fa3bd), 0.6);
            u += w + d.uniform(0, 0.03);
        }
        for (double u = -0.06; u < 1; ) {
            double w = d.uniform(0.15, 0.24);
            building(
                    e,
                    d,
                    u,
                    d.uniform(0.24, 0.42),
                    u + w,
                    0.66,
                    d.choice(0xb98a62, 0xa9a49c, 0x6f8fb5, 0xc0a078, 0x9b7f72),
                    0.25);
            u += w + d.uniform(0, 0.02);
        }
        e.brush(0.1, 0.7, 0).rect(0, 0.655, 1, 0.70, solid(0xb9b6b0)).rect(0, 0.69, 1, 0.705, solid(0x8f8c88));
        e.brush(0.05, 0.86, 0).rect(0, 0.70, 1, 1, groundTexture(0x5d6168, 0x6d7179, 0.6, 3, 0.06, d.nextLong()));
        double shift = d.uniform(-0.1, 0);
        for (int i = 0; i < 5; i++)
            e.polygon(
                    solid(0xf0efe8),
                    shift + i * 0.26,
                    0.835,
                    shift + i * 0.26 + 0.13,
                    0.835,
                    shift + i * 0.26 + 0.12,
                    0.855,
                    shift + i * 0.26 - 0.015,
                    0.855);
        double lamp = d.bernoulli(0.5) ? d.uniform(0.04, 0.12) : d.uniform(0.88, 0.96);
        e.brush(0.1, 0.3, 0)
                .rect(lamp - 0.006, 0.36, lamp + 0.006, 0.69, solid(0x3d4248))
                .brush(0.1, 0.3, 1)
                .ellipse(lamp, 0.35, 0.022, 0.022, solid(0xfff1c0));
    }

    private static void forest(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.75, 0.2, 0).rect(0, 0.10, 1, 0.62, verticalGradient(0x7fae7a, 0xa9cf97, 0, 0.6));
        for (int row = 0; row < 3; row++) {
            double dark = 0.6 - 0.2 * row;
            for (int i = 0; i < 9 - 2 * row; i++) {
                double u = (i + d.uniform(0.1, 0.9)) / (9 - 2 * row), w = 0.012 + 0.014 * row;
                if (row == 2 && u > 0.3 && u < 0.7) continue;
                e.brush(dark, 0.2, 0)
                        .rect(
                                u - w,
                                0,
                                u + w,
                                0.585 + 0.03 * row,
                                withNoise(solid(mix(0x6b4f38, 0x9fbf95, dark)), 60, 6, 0.2, d.nextLong()));
            }
        }
        e.brush(0.3, 0.4, 0);
        for (int i = 0; i < 26; i++)
            e.ellipse(
                    d.nextDouble(),
                    d.uniform(-0.03, 0.17),
                    d.uniform(0.06, 0.12),
                    d.uniform(0.05, 0.09),
                    solid(shade(0x3d7d3a, d.uniform(0.75, 1.25))));
        for (int i = 0; i < 14; i++)
            e.ellipse(
                    d.nextDouble(),
                    d.uniform(0.56, 0.62),
                    d.uniform(0.04, 0.09),
                    d.uniform(0.025, 0.05),
                    solid(shade(0x4a8a3f, d.uniform(0.8, 1.2))));
        e.brush(0.06, 0.7, 0)
                .fillBelow(
                        hillCurve(d, 0.61, 0.006, 5),
                        1,
                        groundTexture(0x5f9a48, 0x3f7a35, 0.55, 1.8, 0.18, d.nextLong()));
        double bend = d.uniform(-0.1, 0.1);
        e.brush(0.06, 0.86, 0)
                .polygon(
                        groundTexture(0xc9aa78, 0xb08d5f, 0.55, 2.2, 0.14, d.nextLong()),
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
        grassBlades(e, d, 0.66, 1.0, 60, 0x4f8f3a);
    }

    private static void underWater(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.45, 0, 0).fillBelow(hillCurve(d, 0.78, 0.03, 5), 1, solid(0x3f8fae));
        e.brush(0.05, 0, 0)
                .fillBelow(
                        hillCurve(d, 0.845, 0.014, 4),
                        1,
                        groundTexture(0x9fc7b8, 0xd9cfa0, 0.76, 1.5, 0.12, d.nextLong()));
        for (int i = 0, n = 7 + d.nextInt(4); i < n; i++) {
            double u = i % 2 == 0 ? d.uniform(0.0, 0.33) : d.uniform(0.67, 1),
                    v = d.uniform(0.86, 0.95),
                    h = d.uniform(0.08, 0.2),
                    w = 0.012;
            int c = d.choice(0xe0566f, 0xc04f9a, 0xef8a4c, 0x3f9f6a, 0x5fb04f);
            double phase = d.uniform(0, 6);
            for (double t = 0; t < 1; t += 0.06)
                e.ellipse(
                        u + 0.018 * StrictMath.sin(phase + t * 6),
                        v - h * t,
                        w * (1.1 - 0.7 * t),
                        h * 0.07,
                        solid(shade(c, 0.85 + 0.3 * t)));
        }
        for (int i = 0; i < 5; i++) {
            double u = d.nextDouble(), v = d.uniform(0.88, 0.98), s = d.uniform(0.015, 0.035);
            e.ellipse(u, v, s * 1.4, s, verticalGradient(0x8a98a0, 0x56646e, v - s, v + s));
        }
    }

    private static void moon(Painter e, RandomStream d, SpriteStore p) {
        double pu = d.uniform(0.12, 0.88), pv = d.uniform(0.12, 0.3), pr = d.uniform(0.07, 0.11);
        int c = d.choice(0x5aa0d8, 0xd89a5a, 0xb56fc0, 0x6fbf9f);
        e.brush(0, 0, 0)
                .ellipse(
                        pu,
                        pv,
                        pr,
                        pr,
                        (u, v) -> shade(
                                mix(c, 0xffffff, 0.18 * StrictMath.sin(v * 70)),
                                1.15 - 0.9 * Math.max(0, (u - pu + v - pv) / pr * 0.6 + 0.1)));
        e.brush(0, 0, 0).fillBelow(hillCurve(d, 0.63, 0.02, 6), 1, solid(0x6f7480));
        e.brush(0, 0, 0)
                .fillBelow(
                        hillCurve(d, 0.67, 0.012, 4),
                        1,
                        groundTexture(0x8c909a, 0xb3b6bd, 0.6, 1.5, 0.12, d.nextLong()));
        for (int i = 0; i < 9; i++) {
            double v = d.uniform(0.72, 0.97), u = d.nextDouble(), s = 0.012 + 0.10 * (v - 0.66) * d.uniform(0.5, 1.2);
            e.ellipse(u, v, s * 1.5, s * 0.55, solid(0x7d818b))
                    .ellipse(u, v + s * 0.12, s * 1.35, s * 0.42, solid(0x9a9da6));
        }
    }

    private static void livingRoom(Painter e, RandomStream d, SpriteStore p) {
        int wall = d.choice(0xe8cfc0, 0xcfd9c6, 0xc9d6e3, 0xe6d9b8, 0xdcc5d0);
        e.brush(0, 0, 0).rect(0, 0, 1, 0.67, (u, v) -> shade(wall, Math.floor(u * 24) % 2 == 0 ? 1 : 0.97));
        e.rect(0, 0.645, 1, 0.67, solid(0xf3efe8));
        floorBoards(e, d, 0.67, d.choice(0xb98654, 0xa87445, 0xc99a68));
        boolean right = d.bernoulli(0.5);
        double w = right ? 0.62 : 0.12;
        window(e, w, 0.14, w + 0.26, 0.46, 0xfaf7f0);
        int curtain = d.choice(0xd9a441, 0xc0574f, 0x5f86b3, 0x6f9f6a);
        e.brush(0, 0, 0)
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
        e.rect(f, 0.2, f + 0.22, 0.38, solid(0x7a5433))
                .rect(
                        f + 0.02,
                        0.22,
                        f + 0.20,
                        0.36,
                        verticalGradient(d.choice(0x8fc0d9, 0xf0b27a, 0xb7d99a), 0xf4ead0, 0.22, 0.36));
        int rug = d.choice(0xc0574f, 0x4f7fa8, 0x7f9f5a, 0xb8874a);
        e.ellipse(0.5, 0.87, 0.38, 0.1, solid(rug))
                .ellipse(0.5, 0.87, 0.34, 0.085, solid(mix(rug, 0xffffff, 0.25)))
                .ellipse(0.5, 0.87, 0.29, 0.07, solid(rug));
        double lamp = right ? 0.06 : 0.94;
        e.rect(lamp - 0.006, 0.44, lamp + 0.006, 0.72, solid(0x5a4a3d))
                .brush(0, 0, 1)
                .polygon(solid(0xf7e2a8), lamp - 0.035, 0.36, lamp + 0.035, 0.36, lamp + 0.06, 0.46, lamp - 0.06, 0.46);
    }

    private static void woodenTable(Painter e, RandomStream d, SpriteStore p) {
        int wall = d.choice(0x8fa7a0, 0x93a0b5, 0xb0a08f, 0xa58f9f, 0x9fae8a);
        e.brush(0.3, 0, 0)
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
                                d.nextLong()));
        for (int i = 0; i < 12; i++) {
            double r = d.uniform(0.03, 0.07);
            e.opacity = d.uniform(0.10, 0.25);
            e.brush(0.3, 0, 0.5)
                    .softEllipse(
                            d.nextDouble(),
                            d.uniform(0.03, 0.5),
                            r,
                            r,
                            0.25,
                            solid(d.choice(0xfff0c8, 0xd8f0e8, 0xffd9c0)));
        }
        e.opacity = 1;
        e.brush(0, 0, 0);
        planks(e, d, 0.63, 1, d.choice(0xb07a48, 0x9c6a3f, 0xc08e5c), 0.12);
        e.rect(0, 0.63, 1, 0.637, solid(0xd8a878));
    }

    private static void countryRoad(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.6, 0.7, 0).fillBelow(hillCurve(d, 0.47, 0.04, 4), 1, solid(0x86b094));
        e.brush(0.35, 0.8, 0).fillBelow(hillCurve(d, 0.52, 0.015, 6), 1, solid(d.choice(0xd9c566, 0x9fc060, 0xc9b858)));
        e.brush(0.08, 0.86, 0)
                .fillBelow(u -> 0.545, 1, groundTexture(0x9fc45a, 0x6aa844, 0.5, 1.6, 0.14, d.nextLong()));
        double bend = d.uniform(-0.12, 0.12);
        e.polygon(
                groundTexture(0x8d9096, 0x70747b, 0.5, 2.5, 0.05, d.nextLong()),
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
            e.polygon(solid(0xf5f2e6), 0.5 - s, v, 0.5 + s, v, 0.5 + s * 1.5, v + 0.045, 0.5 - s * 1.5, v + 0.045);
        }
        e.brush(0.25, 0.6, 0);
        for (int i = 0; i < 4; i++)
            tree(
                    e,
                    p,
                    "deciduous tree",
                    i < 2 ? d.uniform(0.0, 0.3) : d.uniform(0.7, 1),
                    0.565,
                    d.uniform(0.1, 0.2),
                    0xc0d8b8,
                    0.2,
                    d);
        e.brush(0.1, 0.7, 0);
        for (int i = 0; i < 6; i++)
            for (int side = -1; side <= 1; side += 2) {
                double t = i / 5.0, u = 0.5 + side * (0.16 + 0.42 * t * t), v = 0.60 + 0.2 * t * t, h = 0.04 + 0.05 * t;
                e.rect(u - 0.006, v - h, u + 0.006, v, solid(0xf0ece2));
            }
    }

    private static void mountainLake(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.5, 0.4, 0);
        for (int i = 0; i < 3; i++)
            mountain(
                    e,
                    0.15 + 0.36 * i + d.uniform(-0.08, 0.08),
                    0.52,
                    d.uniform(0.22, 0.34),
                    d.uniform(0.2, 0.28),
                    0x6f7f9a,
                    d.bernoulli(0.7) ? 0.35 : 0.2,
                    d);
        e.brush(0.4, 0.6, 0).fillBelow(hillCurve(d, 0.495, 0.012, 7), 0.54, solid(0x4d7d5a));
        for (int i = 0; i < 14; i++)
            tree(e, p, "evergreen tree", d.nextDouble(), 0.525, d.uniform(0.06, 0.1), 0x9fbcc0, 0.35, d);
        e.brush(0.25, 0.1, 0);
        water(e, d, 0.52, 0.74, 0x4f9fc9, 0x2f7fae);
        e.brush(0.06, 0.86, 0)
                .fillBelow(
                        hillCurve(d, 0.715, 0.012, 5),
                        1,
                        groundTexture(0x8fbf58, 0x5a9e42, 0.6, 1.8, 0.15, d.nextLong()));
        grassBlades(e, d, 0.75, 1.0, 110, 0x4a9038);
        e.brush(0.1, 0.5, 0);
        double side = d.bernoulli(0.5) ? d.uniform(0.02, 0.12) : d.uniform(0.88, 0.98);
        tree(e, p, "evergreen tree", side, 0.76, d.uniform(0.34, 0.44), 0x9fbcc0, 0.1, d);
    }

    private static void leaf(Painter e, double u, double v, double length, double angle, int colour) {
        double du = StrictMath.cos(angle), dv = StrictMath.sin(angle), w = length * 0.2;
        e.polygon(
                solid(colour),
                u,
                v,
                u + du * length * 0.4 - dv * w,
                v + dv * length * 0.4 + du * w,
                u + du * length,
                v + dv * length,
                u + du * length * 0.4 + dv * w,
                v + dv * length * 0.4 - du * w);
        e.line(u, v, u + du * length * 0.95, v + dv * length * 0.95, length * 0.03, solid(shade(colour, 1.3)));
    }

    private static void jungle(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.6, 0.1, 0).rect(0, 0, 1, 0.65, verticalGradient(0x9fcf7a, 0x6fae60, 0, 0.65));
        e.brush(0.5, 0.2, 0);
        for (int i = 0; i < 26; i++)
            e.ellipse(
                    d.nextDouble(),
                    d.uniform(0.05, 0.58),
                    d.uniform(0.06, 0.13),
                    d.uniform(0.06, 0.12),
                    solid(shade(0x3f8f4a, d.uniform(0.75, 1.3))));
        for (int i = 0; i < 3; i++) {
            double u = d.nextDouble();
            e.brush(0.35, 0.1, 0).rect(u, 0, u + 0.03, 0.62, withNoise(solid(0x5f6a3f), 40, 5, 0.2, d.nextLong()));
        }
        e.brush(0.06, 0.4, 0)
                .fillBelow(
                        hillCurve(d, 0.62, 0.01, 5),
                        1,
                        groundTexture(0x5f8f3f, 0x476f30, 0.55, 1.8, 0.2, d.nextLong()));
        e.brush(0.15, 0.4, 0);
        for (int i = 0; i < 12; i++) {
            double u = i % 2 == 0 ? d.uniform(-0.05, 0.25) : d.uniform(0.75, 1.05);
            for (int k = 0; k < 4; k++)
                leaf(
                        e,
                        u,
                        0.66,
                        d.uniform(0.1, 0.2),
                        -2.5 + 0.6 * k + d.uniform(-0.1, 0.1),
                        shade(0x2f8f48, d.uniform(0.8, 1.25)));
        }
        e.brush(0.05, 0.4, 0);
        for (int i = 0; i < 9; i++)
            leaf(
                    e,
                    (i + 0.5) / 9 + d.uniform(-0.05, 0.05),
                    -0.03,
                    d.uniform(0.16, 0.3),
                    d.uniform(1.0, 2.1),
                    shade(0x1f6f38, d.uniform(0.8, 1.2)));
        flowers(e, d, 0.63, 0.7, 12, 0xff5f6f, 0xffa53f, 0xf070c0);
    }

    private static void autumnPark(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.5, 0.5, 0).fillBelow(hillCurve(d, 0.5, 0.03, 5), 1, solid(0xd0a878));
        for (int row = 0; row < 2; row++)
            for (int i = 0; i < 6; i++) {
                e.brush(0.35 - 0.2 * row, 0.5, 0);
                double u = row == 0 ? (i + d.nextDouble()) / 6 : i < 3 ? d.uniform(0, 0.24) : d.uniform(0.76, 1);
                leafyTree(
                        e,
                        u,
                        0.58 + 0.035 * row,
                        row == 0 ? d.uniform(0.2, 0.28) : d.uniform(0.32, 0.42),
                        d.choice(0xe08a2e, 0xd9622b, 0xe8b23a, 0xc24a2f),
                        0x6b4a35,
                        d);
            }
        e.brush(0.06, 0.86, 0)
                .fillBelow(
                        hillCurve(d, 0.59, 0.008, 5),
                        1,
                        groundTexture(0xc9a658, 0xa9853f, 0.53, 1.8, 0.15, d.nextLong()));
        for (int i = 0; i < 260; i++) {
            double t = d.nextDouble(), v = 0.6 + 0.4 * t, s = 0.003 + 0.007 * t;
            e.ellipse(d.nextDouble(), v, s * 1.5, s * 0.7, solid(d.choice(0xe08a2e, 0xd9622b, 0xe8b23a, 0xb8502f)));
        }
    }

    private static void farm(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.55, 0.7, 0).fillBelow(hillCurve(d, 0.48, 0.035, 4), 1, solid(0x8fb890));
        e.brush(0.3, 0.8, 0)
                .fillBelow(
                        u -> 0.53,
                        0.6,
                        (u, v) -> Math.floor((u - 0.5) / (v - 0.44) * 5) % 2 == 0 ? 0xd9bf5a : 0xc2a648);
        double b = d.bernoulli(0.5) ? d.uniform(0.04, 0.14) : d.uniform(0.58, 0.68);
        e.brush(0.18, 0, 0)
                .rect(b, 0.36, b + 0.28, 0.59, (u, v) -> shade(0xb8402f, Math.floor(u * 60) % 3 == 0 ? 0.88 : 1));
        e.brush(0.18, 0, 0).polygon(solid(0xb8402f), b, 0.37, b + 0.07, 0.26, b + 0.21, 0.26, b + 0.28, 0.37);
        e.brush(0.18, 0.9, 0)
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
        e.brush(0.18, 0, 0.1)
                .rect(b + 0.08, 0.44, b + 0.2, 0.59, solid(0xf4ece0))
                .rect(b + 0.09, 0.45, b + 0.19, 0.59, solid(0x8f3326));
        e.line(b + 0.09, 0.45, b + 0.19, 0.59, 0.008, solid(0xf4ece0))
                .line(b + 0.19, 0.45, b + 0.09, 0.59, 0.008, solid(0xf4ece0));
        e.brush(0.18, 0, 0.9).rect(b + 0.115, 0.30, b + 0.165, 0.35, solid(0x5a4a55));
        e.brush(0.08, 0.86, 0)
                .fillBelow(
                        hillCurve(d, 0.585, 0.005, 5),
                        1,
                        groundTexture(0x86bf50, 0x5ba23e, 0.52, 1.7, 0.14, d.nextLong()));
        e.brush(0.12, 0.6, 0);
        fence(e, 0.645, 0.06, 0xe9e0cf, 0.09);
        grassBlades(e, d, 0.66, 1.0, 110, 0x4a9038);
    }

    private static void flowerGarden(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.4, 0.7, 0)
                .rect(
                        0,
                        0.40,
                        1,
                        0.6,
                        withNoise(verticalGradient(0x5f9f55, 0x3f7f40, 0.4, 0.6), 40, 40, 0.25, d.nextLong()));
        for (int i = 0; i < 16; i++)
            e.ellipse(
                    d.nextDouble(),
                    0.40,
                    d.uniform(0.05, 0.09),
                    d.uniform(0.025, 0.045),
                    withNoise(solid(shade(0x5f9f55, d.uniform(0.9, 1.15))), 40, 40, 0.2, d.nextLong()));
        e.brush(0.25, 0.7, 0);
        fence(e, 0.60, 0.14, 0xf7f4ee, 0.055);
        e.brush(0.15, 0.5, 0).rect(0, 0.575, 1, 0.66, withNoise(solid(0x4f8f3f), 40, 40, 0.25, d.nextLong()));
        for (int i = 0; i < 60; i++) {
            double u = d.nextDouble(), v = d.uniform(0.575, 0.655), s = d.uniform(0.011, 0.02);
            int c = d.choice(0xf0526a, 0xffc83a, 0xffffff, 0xb56fd9, 0xff8f4a, 0xff8fc0);
            for (int k = 0; k < 5; k++)
                e.ellipse(
                        u + s * 0.6 * StrictMath.cos(k * 1.257),
                        v + s * 0.6 * StrictMath.sin(k * 1.257),
                        s * 0.5,
                        s * 0.5,
                        solid(c));
            e.ellipse(u, v, s * 0.4, s * 0.4, solid(0xffe070));
        }
        e.brush(0.06, 0.86, 0).rect(0, 0.655, 1, 1, groundTexture(0x80c455, 0x58aa40, 0.5, 1.6, 0.10, d.nextLong()));
        int stone = d.choice(0xc9c2b5, 0xd6c8a8);
        for (int i = 0; i < 6; i++) {
            double v = 0.70 + 0.055 * i, s = 0.03 + 0.018 * i;
            e.ellipse(
                    0.5 + 0.04 * StrictMath.sin(i * 2.1),
                    v,
                    s * 1.6,
                    s * 0.4,
                    solid(shade(stone, 0.95 + 0.03 * (i % 3))));
        }
    }

    private static void kitchen(Painter e, RandomStream d, SpriteStore p) {
        int tile = d.choice(0xdfeaf0, 0xf0ead8, 0xd9ecdf), door = d.choice(0x5f8fa8, 0x7fa070, 0xb87a4f, 0xd9d3c8);
        e.brush(0, 0, 0).rect(0, 0, 1, 0.7, (u, v) -> {
            double a = u * 14 - Math.floor(u * 14), c = v * 14 - Math.floor(v * 14);
            return a < 0.06 || c < 0.06 ? shade(tile, 0.88) : tile;
        });
        for (int i = 0; i < 4; i++) {
            if (i == 2) continue;
            e.rect(0.02 + 0.25 * i, 0.0, 0.02 + 0.25 * i + 0.215, 0.20, solid(shade(door, 0.9)))
                    .rect(0.035 + 0.25 * i, 0.015, 0.02 + 0.25 * i + 0.2, 0.185, solid(door))
                    .ellipse(0.05 + 0.25 * i, 0.16, 0.008, 0.008, solid(0xf5f0e0));
        }
        window(e, 0.54, 0.05, 0.72, 0.28, 0xfaf7f0);
        e.rect(0, 0.44, 1, 0.475, solid(0x6a5a50)).rect(0, 0.435, 1, 0.45, solid(0xb8aaa0));
        for (int i = 0; i < 4; i++)
            e.rect(0.25 * i, 0.475, 0.25 * (i + 1), 0.70, solid(shade(door, 0.82)))
                    .rect(0.25 * i + 0.012, 0.49, 0.25 * (i + 1) - 0.012, 0.685, solid(shade(door, 0.95)))
                    .rect(0.25 * i + 0.09, 0.515, 0.25 * i + 0.16, 0.525, solid(0xf5f0e0));
        double pot = d.bernoulli(0.5) ? 0.14 : 0.84;
        e.rect(pot - 0.06, 0.37, pot + 0.06, 0.438, verticalGradient(0xd0533f, 0xa03a2c, 0.37, 0.44))
                .rect(pot - 0.068, 0.362, pot + 0.068, 0.376, solid(0x8f3326))
                .ellipse(pot, 0.358, 0.012, 0.01, solid(0x333333));
        int a = d.choice(0xf2efe8, 0xe8e0cc), b = d.choice(0x9fb0b8, 0xb88f78, 0x8fa58a);
        e.rect(0, 0.70, 1, 1, (u, v) -> {
            double z = 1 / (v - 0.50);
            return (Math.floor((u - 0.5) * z * 1.3 + 50) + Math.floor(z * 2.2)) % 2 == 0 ? a : b;
        });
    }

    private static void library(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0, 0, 0).rect(0, 0, 1, 0.72, solid(0x5f3f2a));
        for (int shelf = 0; shelf < 4; shelf++) {
            double v0 = 0.01 + 0.175 * shelf, v1 = v0 + 0.155;
            e.rect(0, v0, 1, v1, verticalGradient(0x3a2618, 0x4f3522, v0, v1));
            for (double u = 0.01; u < 0.99; ) {
                double w = d.uniform(0.016, 0.034), h = d.uniform(0.10, 0.142);
                int c = d.choice(0xb8453a, 0x3f6f9f, 0x4f8f5a, 0xd0a040, 0x7a4f8f, 0xc9b89a, 0x2f4f6a, 0xa0603a);
                if (d.bernoulli(0.93))
                    e.rect(u, v1 - h, u + w, v1, solid(c))
                            .rect(u, v1 - h * 0.8, u + w, v1 - h * 0.74, solid(mix(c, 0xffe8a0, 0.5)));
                u += w + 0.003;
            }
            e.rect(0, v1, 1, v1 + 0.02, solid(0x8f6238));
        }
        for (int i = 0; i <= 3; i++) e.rect(i / 3.0 - 0.012, 0, i / 3.0 + 0.012, 0.72, solid(0x8f6238));
        floorBoards(e, d, 0.715, d.choice(0xa87445, 0x9c6a3f));
        int rug = d.choice(0x8f3a3a, 0x3f5f7f, 0x4f6f4a);
        e.polygon(solid(rug), 0.2, 0.79, 0.8, 0.79, 0.96, 0.98, 0.04, 0.98)
                .polygon(solid(mix(rug, 0xffe0a0, 0.35)), 0.22, 0.80, 0.78, 0.80, 0.925, 0.965, 0.075, 0.965)
                .polygon(solid(rug), 0.235, 0.81, 0.765, 0.81, 0.895, 0.95, 0.105, 0.95);
        double lamp = d.bernoulli(0.5) ? 0.07 : 0.93;
        e.rect(lamp - 0.007, 0.46, lamp + 0.007, 0.78, solid(0xb08a3f))
                .brush(0, 0, 1)
                .polygon(solid(0x6fae7a), lamp - 0.03, 0.38, lamp + 0.03, 0.38, lamp + 0.06, 0.47, lamp - 0.06, 0.47);
    }

    private static void stage(Painter e, RandomStream d, SpriteStore p) {
        int cloth = d.choice(0xb02a34, 0xa82838, 0xc03038);
        e.brush(0, 0, 0).rect(0, 0, 1, 0.72, verticalGradient(0x2a1a2f, 0x4a2a3f, 0, 0.7));
        double spot = d.uniform(0.4, 0.6);
        e.opacity = 0.30;
        e.brush(0, 0, 0.6).polygon(solid(0xfff0c0), spot - 0.02, 0, spot + 0.02, 0, spot + 0.3, 0.9, spot - 0.3, 0.9);
        e.opacity = 1;
        e.brush(0, 0, 0);
        double wave = d.uniform(0.8, 1.2);
        ColourFunction folds = (u, v) -> shade(cloth, 0.85 + 0.25 * StrictMath.sin(u * 95 * wave));
        e.polygon(folds, 0, 0, 0.22, 0, 0.20, 0.3, 0.13, 0.74, 0, 0.74)
                .polygon(folds, 1, 0, 0.78, 0, 0.80, 0.3, 0.87, 0.74, 1, 0.74);
        for (int i = 0; i < 5; i++) e.ellipse(0.1 + 0.2 * i, 0.02, 0.12, 0.10, (u, v) -> shade(cloth, 1.05 - v * 2.2));
        e.rect(0, 0, 1, 0.02, solid(0xd9a441));
        planks(e, d, 0.72, 1, d.choice(0xa8703f, 0xb07a48), 0.40);
        e.opacity = 0.45;
        e.brush(0, 0, 0.6).softEllipse(spot, 0.86, 0.34, 0.09, 0.5, solid(0xfff0c8));
        e.opacity = 1;
    }

    private static void castleYard(Painter e, RandomStream d, SpriteStore p) {
        int stone = d.choice(0xa8a39a, 0xb0a58f, 0x9aa0a8);
        long seed = d.nextLong();
        ColourFunction bricks = (u, v) -> {
            double row = v * 26, line = Math.floor(row), along = u * 14 + (line % 2) * 0.5, brick = Math.floor(along);
            boolean joint = row - line < 0.12 || along - brick < 0.07;
            return shade(
                    stone,
                    joint ? 0.78 : 0.92 + 0.16 * ((RandomStream.hash(seed, (int) brick, (int) line) & 255) / 255.0));
        };
        double tower = d.bernoulli(0.5) ? 0.06 : 0.70;
        e.brush(0.3, 0.3, 0).rect(tower, 0.14, tower + 0.24, 0.64, bricks);
        for (int i = 0; i < 3; i++)
            e.brush(0.3, 0.9, 0).rect(tower - 0.015 + 0.1 * i, 0.09, tower + 0.055 + 0.1 * i, 0.15, bricks);
        e.brush(0.3, 0, 0.9)
                .rect(tower + 0.095, 0.24, tower + 0.145, 0.33, solid(0x3a3a44))
                .ellipse(tower + 0.12, 0.24, 0.025, 0.025, solid(0x3a3a44));
        e.brush(0.3, 0, 0)
                .rect(tower + 0.116, 0.02, tower + 0.124, 0.1, solid(0x4a3a2f))
                .polygon(
                        solid(d.choice(0xc03a3a, 0x3a5fc0, 0xe0b030)),
                        tower + 0.124,
                        0.02,
                        tower + 0.22,
                        0.045,
                        tower + 0.124,
                        0.07);
        e.brush(0.22, 0.3, 0).rect(0, 0.34, 1, 0.65, bricks);
        for (int i = 0; i < 8; i++) e.brush(0.22, 0.9, 0).rect(i * 0.13, 0.29, i * 0.13 + 0.075, 0.345, bricks);
        double gate = tower < 0.4 ? 0.62 : 0.28;
        e.brush(0.2, 0, 0)
                .ellipse(gate, 0.49, 0.1, 0.1, solid(shade(stone, 0.6)))
                .rect(gate - 0.1, 0.49, gate + 0.1, 0.65, solid(shade(stone, 0.6)))
                .ellipse(gate, 0.50, 0.082, 0.085, solid(0x5a3d28))
                .rect(
                        gate - 0.082,
                        0.50,
                        gate + 0.082,
                        0.65,
                        (u, v) -> shade(0x6b4a30, Math.floor(u * 60) % 2 == 0 ? 1 : 0.85));
        long cobble = d.nextLong();
        e.brush(0.05, 0.86, 0).rect(0, 0.645, 1, 1, (u, v) -> {
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

    private static void volcano(Painter e, RandomStream d, SpriteStore p) {
        double c = d.uniform(0.35, 0.65);
        for (int i = 0; i < 7; i++) {
            e.opacity = 0.55;
            e.brush(0.3, 0, 0.2)
                    .softEllipse(
                            c + d.uniform(-0.08, 0.10), 0.2 - 0.03 * i, 0.05 + 0.012 * i, 0.045, 0.7, solid(0x6f6870));
        }
        e.opacity = 1;
        e.brush(0.35, 0.5, 0)
                .polygon(
                        withNoise(verticalGradient(0x5a4a4f, 0x7a6a66, 0.24, 0.62), 18, 18, 0.16, d.nextLong()),
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
        e.brush(0.2, 0, 1)
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
        e.ellipse(c, 0.24, 0.07, 0.016, solid(0xffe070));
        for (int i = 0; i < 12; i++)
            e.ellipse(c + d.uniform(-0.09, 0.09), d.uniform(0.1, 0.23), 0.006, 0.008, solid(0xffa030));
        e.brush(0.25, 0.6, 0).fillBelow(hillCurve(d, 0.60, 0.02, 7), 1, solid(0x4f4648));
        e.brush(0.06, 0.86, 0)
                .fillBelow(
                        hillCurve(d, 0.63, 0.012, 5),
                        1,
                        groundTexture(0x655a58, 0x4a4244, 0.56, 2.2, 0.22, d.nextLong()));
        for (int i = 0; i < 6; i++) {
            double u = d.nextDouble(), v = d.uniform(0.68, 0.96), s = d.uniform(0.01, 0.025);
            e.polygon(
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
        e.brush(0.05, 0, 1);
        double r = d.nextDouble();
        for (int i = 0; i < 3; i++)
            e.line(
                    (r + 0.3 * i) % 1,
                    0.74 + 0.06 * i,
                    (r + 0.3 * i) % 1 + 0.12,
                    0.76 + 0.06 * i,
                    0.006,
                    solid(0xf0641f));
    }

    private static void harbour(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.55, 0.6, 0).fillBelow(hillCurve(d, 0.455, 0.02, 5), 0.5, solid(0x7f9fa0));
        e.brush(0.4, 0.4, 0);
        for (int i = 0; i < 7; i++) {
            double u = 0.02 + 0.1 * i + d.uniform(0, 0.02), h = d.uniform(0.05, 0.09);
            int wall = d.choice(0xe8d0a8, 0xd98f7a, 0xf0ead8, 0x9fb8c9);
            e.brush(0.4, 0, 0)
                    .rect(u, 0.49 - h, u + 0.085, 0.49, solid(wall))
                    .brush(0.4, 0.9, 0)
                    .polygon(solid(0xa8503f), u - 0.006, 0.49 - h, u + 0.0425, 0.455 - h, u + 0.091, 0.49 - h)
                    .brush(0.4, 0, 0.9)
                    .rect(u + 0.015, 0.47 - h * 0.4, u + 0.035, 0.48 - h * 0.1, solid(0x5f7f9a))
                    .rect(u + 0.05, 0.47 - h * 0.4, u + 0.07, 0.48 - h * 0.1, solid(0x5f7f9a));
        }
        double l = 0.84;
        e.brush(0.3, 0.2, 0)
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
        e.brush(0.25, 0.05, 0);
        water(e, d, 0.485, 0.76, 0x4f94b8, 0x2a6f94);
        for (int i = 0; i < 2; i++) {
            double u = 0.18 + 0.38 * i + d.uniform(-0.06, 0.06), v = d.uniform(0.56, 0.60), s = d.uniform(0.07, 0.1);
            e.brush(0.2, 0.5, 0)
                    .polygon(
                            solid(d.choice(0xc8503f, 0x3f6f9f, 0xf0ece0)),
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
        e.brush(0.06, 0.86, 0).rect(0, 0.705, 1, 1, groundTexture(0xa89f92, 0x8f877b, 0.6, 2.5, 0.10, d.nextLong()));
        e.rect(0, 0.695, 1, 0.715, solid(0xc9c0b0)).brush(0.06, 0, 0).rect(0, 0.715, 1, 0.72, solid(0x6f675c));
        for (int i = 0; i < 3; i++)
            e.brush(0.06, 0.8, 0)
                    .rect(0.14 + 0.34 * i, 0.655, 0.18 + 0.34 * i, 0.705, solid(0x4a4f58))
                    .ellipse(0.16 + 0.34 * i, 0.655, 0.027, 0.013, solid(0x5f656f));
    }

    private static void playground(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0.5, 0.7, 0).fillBelow(hillCurve(d, 0.50, 0.02, 5), 1, solid(0x7fb070));
        e.brush(0.35, 0.5, 0);
        for (int i = 0; i < 6; i++)
            tree(e, p, "deciduous tree", (i + d.nextDouble()) / 6, 0.565, d.uniform(0.15, 0.24), 0xb8d8b0, 0.22, d);
        e.brush(0.2, 0.8, 0).rect(0, 0.555, 1, 0.66, groundTexture(0x7fc055, 0x6ab048, 0.5, 1.6, 0.10, d.nextLong()));
        boolean left = d.bernoulli(0.5);
        double s = left ? 0.70 : 0.02, w = left ? 0.04 : 0.62;
        int frame = d.choice(0xd04a3f, 0x3f78c0, 0xe0a030), seat = d.choice(0x3f9f5a, 0xf0c040, 0x8f5fc0);
        ColourFunction f = solid(frame);
        e.brush(0.12, 0.4, 0)
                .line(w, 0.65, w + 0.05, 0.34, 0.014, f)
                .line(w + 0.1, 0.65, w + 0.05, 0.34, 0.014, f)
                .line(w + 0.24, 0.65, w + 0.29, 0.34, 0.014, f)
                .line(w + 0.34, 0.65, w + 0.29, 0.34, 0.014, f)
                .line(w + 0.04, 0.34, w + 0.30, 0.34, 0.016, f);
        for (int i = 0; i < 2; i++) {
            double u = w + 0.10 + 0.1 * i;
            e.line(u, 0.34, u, 0.56, 0.004, solid(0x5a5a5a))
                    .line(u + 0.045, 0.34, u + 0.045, 0.56, 0.004, solid(0x5a5a5a))
                    .rect(u - 0.008, 0.555, u + 0.053, 0.568, solid(seat));
        }
        e.line(s + 0.06, 0.40, s + 0.06, 0.66, 0.012, solid(0x7a7f88))
                .line(s + 0.11, 0.40, s + 0.11, 0.66, 0.012, solid(0x7a7f88));
        for (int i = 0; i < 5; i++) e.rect(s + 0.06, 0.44 + 0.045 * i, s + 0.11, 0.45 + 0.045 * i, solid(0x9aa0a8));
        e.polygon(
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
        e.brush(0.05, 0.86, 0)
                .fillBelow(
                        hillCurve(d, 0.655, 0.006, 4),
                        1,
                        groundTexture(0xe0c48c, 0xeed6a5, 0.55, 1.5, 0.08, d.nextLong()));
    }

    private static void iceCave(Painter e, RandomStream d, SpriteStore p) {
        e.brush(0, 0, 0.15)
                .rect(0, 0, 1, 0.7, withNoise(verticalGradient(0x5fa8d8, 0xc9ecf8, 0, 0.7), 5, 7, 0.12, d.nextLong()));
        e.brush(0, 0, 0.4).softEllipse(0.5, 0.46, 0.3, 0.24, 0.9, solid(0xeffaff));
        for (int i = 0; i < 4; i++)
            for (int side = 0; side < 2; side++) {
                double w = 0.30 - 0.06 * i + d.uniform(-0.02, 0.02), s = side;
                double dir = side == 0 ? 1 : -1;
                e.brush(0, 0, 0)
                        .polygon(
                                withNoise(solid(mix(0x9fd8f0, 0x2f6fa8, i / 3.5)), 9, 9, 0.10, d.nextLong()),
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
            double u = (i + d.nextDouble()) / 13, h = d.uniform(0.07, 0.24), w = d.uniform(0.012, 0.03);
            e.polygon(verticalGradient(0xa8dcf4, 0xf0fbff, 0, h), u - w, -0.01, u + w, -0.01, u + w * 0.15, h)
                    .polygon(solid(0xffffff), u - w * 0.5, -0.01, u - w * 0.2, -0.01, u, h * 0.8);
        }
        e.rect(0, 0.68, 1, 1, groundTexture(0xbfe6f5, 0xe6f7fd, 0.6, 1.2, 0.08, d.nextLong()));
        for (int i = 0; i < 5; i++) {
            double u = i % 2 == 0 ? d.uniform(0, 0.2) : d.uniform(0.8, 1), h = d.uniform(0.08, 0.16);
            e.polygon(
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
