package dev.mige4j.denoiser;

/** One forward pass of classifier-free guidance; {@code dev.mige4j.sampler.Guidance} combines the passes. */
public enum Branch {
    /** Null text and a source of zeros. */
    UNCONDITIONAL(false, false),
    /** Null text and the source image. */
    IMAGE(true, false),
    /** The conditioning (text and reference images) and the source image. */
    IMAGE_AND_TEXT(true, true);
    final boolean usesSource, usesText;

    Branch(boolean usesSource, boolean usesText) {
        this.usesSource = usesSource;
        this.usesText = usesText;
    }
}
