package mige.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A corpus of a few drawings made by hand, so that evaluation can be tested where the packages are absent. */
public final class HandDrawn {

    private static final List<String> NAMES = List.of("dog", "cat", "car", "teapot", "apple", "book", "guitar", "fish", "owl", "balloon", "rocket", "chair");

    private HandDrawn() {}

    /** Patches of colour, another pattern for each concept and set; every fourth held-out concept too. */
    public static Corpus corpus(int size) {
        List<Sprite> all = new ArrayList<>();
        int i = 0;
        for (Concept c : Concept.all()) {
            boolean held = Split.heldOut(c);
            if (!NAMES.contains(c.name()) && !(held && i++ % 4 == 0)) continue;
            for (String set : List.of("noto", "fluent-emoji-3d", Split.HELD_STYLE)) all.add(patches(c.name(), set));
        }
        return Corpus.of(Sprites.of(all), size, Mix.JOINT);
    }

    private static Sprite patches(String concept, String set) {
        int side = 96;
        Random random = new Random((concept + set).hashCode());
        int[] colours = random.ints(9, 0, 1 << 24).toArray(), argb = new int[side * side];
        for (int at = 0; at < argb.length; at++) argb[at] = 0xff000000 | colours[at / side / 32 * 3 + at % side / 32];
        return Sprite.of(concept, set, side, side, argb);
    }
}
