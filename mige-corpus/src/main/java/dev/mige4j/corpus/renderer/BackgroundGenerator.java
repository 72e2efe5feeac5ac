package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.sprites.SpriteStore;

/**
 * Paints the background of one scene in a random layout. A few landmarks are fixed, so that the scene is recognisable
 * at 128 pixels; the rest depends on the random stream.
 */
@FunctionalInterface
interface BackgroundGenerator {

    /** Paints one layout; {@code sprites} provide the trees where they are available. */
    void generate(Painter painter, RandomStream random, SpriteStore sprites);
}
