package dev.mige4j.eval;

import com.fasterxml.jackson.annotation.JsonValue;

/** What is measured of an answer. Differences are against the truth, channels from 0 to 1, unless it says otherwise. */
public enum Metric {
    /** Mean absolute difference of all pixels. */
    L1("L1", "l1", Unit.NUMBER, false, false),
    /** The same inside the mask: what was to change. */
    L1_INSIDE("L1 in", "l1_inside", Unit.NUMBER, false, false),
    /** The same outside the mask, local edits only: what was to stay. */
    L1_OUTSIDE("L1 out", "l1_outside", Unit.NUMBER, false, false),
    /** Mean absolute difference to the <em>source</em> outside the mask: 0 when nothing there was touched. */
    CHANGE_OUTSIDE("change out", "change_outside", Unit.NUMBER, false, false),
    /** Mean squared difference of all pixels. */
    L2("L2", "l2", Unit.NUMBER, false, false),
    /** Peak signal to noise outside the mask, at most 60. */
    PSNR_OUTSIDE("PSNR out", "psnr_outside", Unit.DECIBEL, true, false),
    /** Cosine of the evaluation tower's vectors of answer and truth. */
    CLIP_I("CLIP-I", "clip_i", Unit.NUMBER, true, true),
    /** Cosine of the answer's vector and that of the truth's caption. */
    CLIP_T("CLIP-T", "clip_t", Unit.NUMBER, true, true),
    /** Share of the subjects whose own drawing is picked from the line-up at their boxes. */
    IDENTITY("identity", "identity", Unit.PERCENT, true, true),
    /** Whether the caption with the true scene fits better than with any other scene. */
    SCENE("scene", "scene", Unit.PERCENT, true, true),
    /** Whether the instruction was followed, see {@link MetricCalculator}. */
    SUCCESS("success", "success", Unit.PERCENT, true, true),
    /** Time of the request in seconds. */
    SECONDS("seconds", "seconds", Unit.SECONDS, false, false);

    enum Unit {
        NUMBER,
        PERCENT,
        DECIBEL,
        SECONDS
    }

    private final String title, key;
    private final Unit unit;
    private final boolean higherIsBetter, needsClip;

    Metric(String title, String key, Unit unit, boolean higherIsBetter, boolean needsClip) {
        this.title = title;
        this.key = key;
        this.unit = unit;
        this.higherIsBetter = higherIsBetter;
        this.needsClip = needsClip;
    }

    public String title() {
        return title;
    }

    @JsonValue
    public String key() {
        return key;
    }

    /** Whether more is better. */
    public boolean higherIsBetter() {
        return higherIsBetter;
    }

    /**
     * Whether it takes the evaluation pair; without one, {@link #SUCCESS} is judged only of kinds that pixels decide.
     */
    public boolean needsClip() {
        return needsClip;
    }

    /** A value as tables show it. */
    public String format(double value) {
        if (Double.isInfinite(value)) return "∞";
        return switch (unit) {
            case NUMBER -> String.format(java.util.Locale.ROOT, "%.4f", value);
            case PERCENT -> String.format(java.util.Locale.ROOT, "%.1f %%", 100 * value);
            case DECIBEL -> String.format(java.util.Locale.ROOT, "%.1f dB", value);
            case SECONDS -> String.format(java.util.Locale.ROOT, "%.2f s", value);
        };
    }
}
