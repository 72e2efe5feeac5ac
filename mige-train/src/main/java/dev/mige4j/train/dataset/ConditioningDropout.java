package dev.mige4j.train.dataset;

/**
 * Drops conditions of an item in training, so that classifier-free guidance works.
 *
 * <p>Dropping the text also drops the references in it; the sequence length stays. Source: MIGE section 3.4;
 * docs/specification/diffusion.md section 7.
 */
public enum ConditioningDropout {
    NONE(false, false),
    TEXT(true, false),
    SOURCE(false, true),
    BOTH(true, true);
    private final boolean dropsText, dropsSource;

    ConditioningDropout(boolean dropsText, boolean dropsSource) {
        this.dropsText = dropsText;
        this.dropsSource = dropsSource;
    }

    /** For u uniform in [0, 1): drops text, source, and both with 5 % each. */
    public static ConditioningDropout of(double u) {
        return u < 0.05 ? TEXT : u < 0.10 ? SOURCE : u < 0.15 ? BOTH : NONE;
    }

    /** Whether the text is replaced by the null text. */
    public boolean dropsText() {
        return dropsText;
    }

    /** Whether the source is replaced by zeros. */
    public boolean dropsSource() {
        return dropsSource;
    }
}
