package dev.mige4j.corpus.specification;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Which part of the corpus an example comes from. What is held out is decided by SHA-256 of a stable key, so it never
 * moves.
 *
 * <p>A concept is held out when its key is 0 mod 10, a concept in a scene when 0 mod 20, a colour or texture of a
 * concept when 0 mod 10; the style {@code streamline-emojis} and the last two paraphrases of each kind are held out as
 * such. Training never meets any of them.
 */
public enum Split {
    /** What is trained on. */
    TRAIN,
    /** Like training, of another stream: nothing in it is held out, no picture is the same. */
    SEEN,
    /** U1: the thing that matters is of a concept that no training picture holds. */
    UNSEEN_SUBJECT,
    /** U2: it is drawn in the held-out style. */
    UNSEEN_STYLE,
    /** U3: concept and scene never met in training. */
    UNSEEN_PAIR,
    /** U4: held-out wording. */
    UNSEEN_WORDING,
    /** U5: this colour or texture was never given to this concept. */
    UNSEEN_LOOK;

    /** The set of drawings kept out of training. */
    public static final String HELD_OUT_STYLE = "streamline-emojis";

    /** U1: whether no training picture may hold the concept. */
    public static boolean isHeldOut(Concept concept) {
        return hashModulo("concept/" + concept.code(), 10) == 0;
    }

    /** U3: whether the two never meet in training. */
    public static boolean isHeldOut(Concept concept, Scene scene) {
        return hashModulo("scene/" + concept.code() + "/" + scene.name(), 20) == 0;
    }

    /** U5: whether the colour or texture is never given to the concept in training. */
    public static boolean isHeldOut(Concept concept, String appearance) {
        return hashModulo("look/" + concept.code() + "/" + appearance, 10) == 0;
    }

    /** The first 63 bits of the key's SHA-256, modulo {@code n}. */
    static int hashModulo(String key, int n) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            long hash = 0;
            for (int i = 0; i < 8; i++) hash = hash << 8 | digest[i] & 255;
            return (int) ((hash >>> 1) % n);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
