package dev.mige4j.train.dataset;

/**
 * Which conditions an item loses in training, so that guidance can be learnt.
 *
 * <p>Losing the text loses the reference pictures in it too; its length stays. Source: MIGE section 3.4;
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

    /** u uniform in [0, 1): text, canvas and both 5 % each. */
    public static ConditioningDropout of(double u) {
        return u < 0.05 ? TEXT : u < 0.10 ? SOURCE : u < 0.15 ? BOTH : NONE;
    }

    /** Whether the null text stands for the words. */
    public boolean dropsText() {
        return dropsText;
    }

    /** Whether the canvas is blank. */
    public boolean dropsSource() {
        return dropsSource;
    }
}
