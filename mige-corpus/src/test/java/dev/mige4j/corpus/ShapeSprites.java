package dev.mige4j.corpus;

import java.util.ArrayList;
import java.util.List;

/** A few drawings made by hand, so that the corpus can be tested where its packages are absent. */
final class ShapeSprites {

    private static final String[] CONCEPTS = {
        "dog", "cat", "car", "teapot", "apple", "pear", "book", "guitar", "bus", "bee", "fish", "crab", "owl",
        "balloon", "rocket", "chair", "gift", "bell"
    };

    private ShapeSprites() {}

    /** Discs, boxes and triangles: one a concept, of another colour in each set; each held-out concept too. */
    static SpriteStore sprites() {
        List<Sprite> sprites = new ArrayList<>();
        int i = 0;
        for (Concept concept : Concept.all()) {
            boolean selected = List.of(CONCEPTS).contains(concept.name());
            if (!selected && !Split.isHeldOut(concept)) continue;
            for (String iconSet : List.of("noto", "fluent-emoji-3d", Split.HELD_OUT_STYLE))
                sprites.add(shape(concept.name(), iconSet, i++));
        }
        return SpriteStore.of(sprites);
    }

    /** One drawing for each thing that these specifications show. */
    static SpriteStore of(List<SceneSpec> specs) {
        List<Sprite> sprites = new ArrayList<>();
        for (SceneSpec spec : specs)
            for (ObjectSpec o : spec.objects())
                if (sprites.stream()
                        .noneMatch(s ->
                                s.concept().equals(o.concept()) && s.iconSet().equals(o.iconSet())))
                    sprites.add(shape(o.concept(), o.iconSet(), sprites.size()));
        return SpriteStore.of(sprites);
    }

    private static Sprite shape(String concept, String iconSet, int i) {
        int w = 96 + i * 7 % 40,
                h = 96 + i * 11 % 48,
                colour = 0xff000000 | Painter.mix(0xd04030, 0x3060d0, i * 37 % 100 / 100.0);
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
}
