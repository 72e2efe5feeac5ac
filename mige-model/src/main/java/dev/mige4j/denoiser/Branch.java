package dev.mige4j.denoiser;

/** What one pass of a guided step is told; see {@code mige.sampler.Guidance} for how passes are combined. */
public enum Branch {
    /** The null text and a canvas of zeros. */
    UNCONDITIONAL(false, false),
    /** The null text and the canvas. */
    IMAGE(true, false),
    /** The words (and the pictures in them) and the canvas. */
    IMAGE_AND_TEXT(true, true);
    final boolean usesSource, usesText;

    Branch(boolean usesSource, boolean usesText) {
        this.usesSource = usesSource;
        this.usesText = usesText;
    }
}
