package dev.mige4j.corpus.composer;

/**
 * Places of an added object and its neighbour, and the preposition that describes them.
 *
 * @param neighbour place of the neighbour; null: there is none
 */
record AdditionLayout(String preposition, Place added, Place neighbour) {

    /** What the position of the added object is described by. */
    enum Kind {
        /** "in the sky of". */
        IN_SKY,
        /** "to the left of the dog in". */
        RELATIVE_TO_OBJECT,
        /** "on the left of". */
        IN_SCENE
    }

    /** Whether the added object is in the centre of the image. */
    boolean isCentred() {
        return preposition.contains("centre");
    }
}
