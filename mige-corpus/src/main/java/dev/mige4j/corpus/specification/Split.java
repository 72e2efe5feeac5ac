package dev.mige4j.corpus.specification;

import dev.mige4j.common.Sha256;
import java.nio.ByteBuffer;

/**
 * The parts of the corpus: training, and test splits that each hold out concepts, styles or combinations. The selection
 * depends on the SHA-256 of a key, so it never changes.
 *
 * <p>Held out are concepts with a key of 0 modulo 10, pairs of concept and scene with 0 modulo 20, pairs of concept and
 * colour or texture with 0 modulo 10, the icon set {@link #HELD_OUT_STYLE}, and the last two templates of each list of
 * instructions.
 */
public enum Split {
    /** The training split. */
    TRAIN,
    /** Distributed like training, from other random streams: nothing is held out, but no image is the same. */
    SEEN,
    /** U1: the main subject is of a held-out concept. */
    UNSEEN_SUBJECT,
    /** U2: the main subject has the held-out icon set. */
    UNSEEN_STYLE,
    /** U3: the main subject and the scene never occur together in training. */
    UNSEEN_PAIR,
    /** U4: the instruction has a held-out template. */
    UNSEEN_WORDING,
    /** U5: the colour or texture never occurs with the concept in training. */
    UNSEEN_LOOK;

    /** The icon set that training never shows. */
    public static final String HELD_OUT_STYLE = "streamline-emojis";

    /** U1: whether training never shows the concept. */
    public static boolean isHeldOut(Concept concept) {
        return hashModulo("concept/" + concept.code(), 10) == 0;
    }

    /** U3: whether training never shows the concept in the scene. */
    public static boolean isHeldOut(Concept concept, Scene scene) {
        return hashModulo("scene/" + concept.code() + "/" + scene.name(), 20) == 0;
    }

    /** U5: whether training never shows the concept in the colour or texture. */
    public static boolean isHeldOut(Concept concept, String appearance) {
        return hashModulo("look/" + concept.code() + "/" + appearance, 10) == 0;
    }

    /** The first 63 bits of the SHA-256 of the key, modulo n. */
    static int hashModulo(String key, int n) {
        return (int) ((ByteBuffer.wrap(Sha256.digest(key)).getLong() >>> 1) % n);
    }
}
