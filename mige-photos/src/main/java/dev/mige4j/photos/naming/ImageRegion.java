package dev.mige4j.photos.naming;

import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.PixelBox;

/** Where in an image an object is, in words: the third that the centre of its box falls into. */
enum ImageRegion {
    LEFT("left side", "on"),
    RIGHT("right side", "on"),
    TOP("top", "at"),
    BOTTOM("bottom", "at"),
    MIDDLE("middle", "in");
    private final String words, preposition;

    ImageRegion(String words, String preposition) {
        this.words = words;
        this.preposition = preposition;
    }

    /** {@code left side}. */
    String words() {
        return words;
    }

    /** {@code on the left side}. */
    String place() {
        return preposition + " the " + words;
    }

    /** The region of a mask that has pixels; left and right come before top and bottom. */
    static ImageRegion of(BinaryMask mask) {
        PixelBox box = mask.box().orElseThrow();
        int x = third(box.left() + box.width() / 2.0, mask.width()),
                y = third(box.top() + box.height() / 2.0, mask.height());
        if (x != 1) return x == 0 ? LEFT : RIGHT;
        if (y != 1) return y == 0 ? TOP : BOTTOM;
        return MIDDLE;
    }

    private static int third(double centre, int size) {
        return centre * 3 < size ? 0 : centre * 3 > 2.0 * size ? 2 : 1;
    }
}
