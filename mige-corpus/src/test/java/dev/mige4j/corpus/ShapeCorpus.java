package dev.mige4j.corpus;

import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.sprites.Sprite;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.ArrayList;
import java.util.List;

/** A corpus of generated shapes (discs, boxes and triangles), for tests without the downloaded icon packages. */
public final class ShapeCorpus {

    private static final List<String> CONCEPTS = List.of(
            "dog", "cat", "car", "teapot", "apple", "pear", "book", "guitar", "bus", "bee", "fish", "crab", "owl",
            "balloon", "rocket", "chair", "gift", "bell");

    private ShapeCorpus() {}

    /** All tasks, images of {@code size} x {@code size} pixels. */
    public static Corpus of(int size) {
        return Corpus.of(sprites(), size, TaskMix.JOINT);
    }

    /** One shape per concept, in another colour in each of three icon sets; all held-out concepts are included. */
    public static SpriteStore sprites() {
        List<Sprite> sprites = new ArrayList<>();
        for (Concept concept : Concept.all()) {
            if (!CONCEPTS.contains(concept.name()) && !Split.isHeldOut(concept)) continue;
            for (String iconSet : List.of("noto", "fluent-emoji-3d", Split.HELD_OUT_STYLE))
                sprites.add(shape(concept.name(), iconSet, sprites.size()));
        }
        return SpriteStore.of(sprites);
    }

    /** One shape per pair of concept and icon set in these scenes. */
    public static SpriteStore spritesFor(List<SceneSpec> scenes) {
        List<Sprite> sprites = new ArrayList<>();
        for (SceneSpec scene : scenes)
            for (ObjectSpec o : scene.objects())
                if (sprites.stream()
                        .noneMatch(s ->
                                s.concept().equals(o.concept()) && s.iconSet().equals(o.iconSet())))
                    sprites.add(shape(o.concept(), o.iconSet(), sprites.size()));
        return SpriteStore.of(sprites);
    }

    private static Sprite shape(String concept, String iconSet, int i) {
        int w = 96 + i * 7 % 40, h = 96 + i * 11 % 48, colour = 0xff000000 | colour(i * 37 % 100 / 100.0);
        int[] argb = new int[w * h];
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                double u = 2.0 * x / w - 1, v = 2.0 * y / h - 1;
                boolean inside =
                        switch (i % 3) {
                            case 0 -> u * u + v * v < 1;
                            case 1 -> true;
                            default -> Math.abs(u) < (v + 1) / 2;
                        };
                if (inside) argb[y * w + x] = (x / 8 + y / 8) % 5 == 0 ? 0xfff0e0c0 : colour;
            }
        return Sprite.of(concept, iconSet, w, h, argb);
    }

    /** Between red (t = 0) and blue (t = 1). */
    private static int colour(double t) {
        int rgb = 0;
        for (int s = 16; s >= 0; s -= 8)
            rgb |= (int) ((0xd04030 >> s & 255) * (1 - t) + (0x3060d0 >> s & 255) * t + 0.5) << s;
        return rgb;
    }
}
