package dev.mige4j.corpus;

import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.sprites.Sprite;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A corpus of a few drawings made by hand, so that evaluation can be tested where the packages are absent. */
public final class ColourPatchCorpus {

    private static final List<String> CONCEPTS = List.of(
            "dog", "cat", "car", "teapot", "apple", "book", "guitar", "fish", "owl", "balloon", "rocket", "chair");

    private ColourPatchCorpus() {}

    /** Patches of colour, another pattern for each concept and set; every fourth held-out concept too. */
    public static Corpus of(int size) {
        List<Sprite> sprites = new ArrayList<>();
        int i = 0;
        for (Concept concept : Concept.all()) {
            boolean heldOut = Split.isHeldOut(concept);
            if (!CONCEPTS.contains(concept.name()) && !(heldOut && i++ % 4 == 0)) continue;
            for (String iconSet : List.of("noto", "fluent-emoji-3d", Split.HELD_OUT_STYLE))
                sprites.add(patchSprite(concept.name(), iconSet));
        }
        return Corpus.of(SpriteStore.of(sprites), size, TaskMix.JOINT);
    }

    private static Sprite patchSprite(String concept, String iconSet) {
        int side = 96;
        Random random = new Random((concept + iconSet).hashCode());
        int[] colours = random.ints(9, 0, 1 << 24).toArray(), argb = new int[side * side];
        for (int at = 0; at < argb.length; at++) argb[at] = 0xff000000 | colours[at / side / 32 * 3 + at % side / 32];
        return Sprite.of(concept, iconSet, side, side, argb);
    }
}
