package mige.data;

import java.util.ArrayList;
import java.util.List;

/** A few drawings made by hand, so that the corpus can be tested where its packages are absent. */
final class Shapes {

    private static final String[] NAMES = {"dog", "cat", "car", "teapot", "apple", "pear", "book", "guitar", "bus", "bee", "fish", "crab", "owl", "balloon", "rocket", "chair", "gift", "bell"};

    private Shapes() { }

    /** Discs, boxes and triangles: one a concept, of another colour in each set; each held-out concept too. */
    static Sprites sprites() {
        List<Sprite> all = new ArrayList<>();
        int i = 0;
        for (Concept c : Concept.all()) {
            boolean named = List.of(NAMES).contains(c.name());
            if (!named && !Split.heldOut(c)) continue;
            for (String set : List.of("noto", "fluent-emoji-3d", Split.HELD_STYLE)) all.add(shape(c.name(), set, i++));
        }
        return Sprites.of(all);
    }

    /** One drawing for each thing that these specifications show. */
    static Sprites of(List<SceneSpec> specs) {
        List<Sprite> all = new ArrayList<>();
        for (SceneSpec spec : specs) for (ObjectSpec o : spec.objects())
            if (all.stream().noneMatch(s -> s.concept().equals(o.concept()) && s.set().equals(o.set()))) all.add(shape(o.concept(), o.set(), all.size()));
        return Sprites.of(all);
    }

    private static Sprite shape(String name, String set, int i) {
        int w = 96 + i * 7 % 40, h = 96 + i * 11 % 48, colour = 0xff000000 | Easel.mix(0xd04030, 0x3060d0, i * 37 % 100 / 100.0);
        int[] argb = new int[w * h];
        for (int y = 0; y < h; y++) for (int x = 0; x < w; x++) {
            double u = 2.0 * x / w - 1, v = 2.0 * y / h - 1;
            boolean in = switch (i % 3) {
                case 0 -> u * u + v * v < 1;
                case 1 -> true;
                default -> Math.abs(u) < (v + 1) / 2;
            };
            if (in) argb[y * w + x] = (x / 8 + y / 8) % 5 == 0 ? 0xfff0e0c0 : colour;
        }
        return Sprite.of(name, set, w, h, argb);
    }
}
