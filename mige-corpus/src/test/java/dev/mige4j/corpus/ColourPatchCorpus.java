package dev.mige4j.corpus;

import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.sprites.Sprite;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A corpus of sprites that are nine random colour patches each, so that a classifier can distinguish all concepts and
 * icon sets; for tests without the downloaded icon packages.
 */
public final class ColourPatchCorpus {

    private static final List<String> CONCEPTS = List.of(
            "dog", "cat", "car", "teapot", "apple", "book", "guitar", "fish", "owl", "balloon", "rocket", "chair");

    private ColourPatchCorpus() {}

    /** Twelve concepts of training and a fourth of the held-out ones in three icon sets. */
    public static Corpus of(int size) {
        List<Sprite> sprites = new ArrayList<>();
        int heldOutCount = 0;
        for (Concept concept : Concept.all()) {
            boolean heldOut = Split.isHeldOut(concept);
            if (!CONCEPTS.contains(concept.name()) && !(heldOut && heldOutCount++ % 4 == 0)) continue;
            for (String iconSet : List.of("noto", "fluent-emoji-3d", Split.HELD_OUT_STYLE))
                sprites.add(patchSprite(concept.name(), iconSet));
        }
        return Corpus.of(SpriteStore.of(sprites), size, TaskMix.JOINT);
    }

    private static Sprite patchSprite(String concept, String iconSet) {
        int side = 96;
        Random random = new Random((concept + iconSet).hashCode());
        int[] colours = random.ints(9, 0, 1 << 24).toArray(), argb = new int[side * side];
        for (int i = 0; i < argb.length; i++) argb[i] = 0xff000000 | colours[i / side / 32 * 3 + i % side / 32];
        return Sprite.of(concept, iconSet, side, side, argb);
    }
}
