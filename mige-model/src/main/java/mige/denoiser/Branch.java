package mige.denoiser;

/** What one pass of a guided step is told; see {@code mige.sampler.Guidance} for how passes are combined. */
public enum Branch {
    /** The null text and a canvas of zeros. */
    NOTHING(false, false),
    /** The null text and the canvas. */
    CANVAS(true, false),
    /** The words (and the pictures in them) and the canvas. */
    CANVAS_AND_TEXT(true, true);

    final boolean seesCanvas, readsText;

    Branch(boolean seesCanvas, boolean readsText) {
        this.seesCanvas = seesCanvas;
        this.readsText = readsText;
    }
}
