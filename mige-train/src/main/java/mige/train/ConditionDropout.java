package mige.train;

/**
 * Which conditions an item loses in training, so that guidance can be learnt.
 *
 * <p>Losing the text loses the reference pictures in it too; its length stays. Source: MIGE section 3.4; reference DIFFUSION.md section 7.
 */
public enum ConditionDropout {
    NOTHING(false, false), TEXT(true, false), CANVAS(false, true), BOTH(true, true);

    private final boolean text, canvas;

    ConditionDropout(boolean text, boolean canvas) {
        this.text = text;
        this.canvas = canvas;
    }

    /** u uniform in [0, 1): text, canvas and both 5 % each. */
    public static ConditionDropout of(double u) {
        return u < 0.05 ? TEXT : u < 0.10 ? CANVAS : u < 0.15 ? BOTH : NOTHING;
    }

    /** Whether the null text stands for the words. */
    public boolean text() {
        return text;
    }

    /** Whether the canvas is blank. */
    public boolean canvas() {
        return canvas;
    }
}
