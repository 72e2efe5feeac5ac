package dev.mige4j.eval.metric;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** A measure of an output. Pixel values are in [0, 1]; outputs are compared with the target unless stated otherwise. */
public enum Metric {
    /** Mean absolute difference over all pixels. */
    L1("L1", "l1", Unit.NUMBER, false),
    /** Mean absolute difference inside the mask of the requested change. */
    L1_INSIDE("L1 inside", "l1_inside", Unit.NUMBER, false),
    /** Mean absolute difference outside the mask; for local edits. */
    L1_OUTSIDE("L1 outside", "l1_outside", Unit.NUMBER, false),
    /** Mean absolute difference from the <em>source</em> outside the mask; 0 when the background is preserved. */
    CHANGE_OUTSIDE("change outside", "change_outside", Unit.NUMBER, false),
    /** Mean squared difference over all pixels. */
    L2("L2", "l2", Unit.NUMBER, false),
    /** Peak signal-to-noise ratio outside the mask in dB, at most 60; for local edits. */
    PSNR_OUTSIDE("PSNR outside", "psnr_outside", Unit.DECIBEL, true),
    /** Cosine similarity of the image embeddings of output and target. */
    CLIP_I("CLIP-I", "clip_i", Unit.NUMBER, true),
    /** Cosine similarity of the embeddings of the output and the target's caption. */
    CLIP_T("CLIP-T", "clip_t", Unit.NUMBER, true),
    /** Cosine similarity of the DINO embeddings of output and target. */
    DINO("DINO", "dino", Unit.NUMBER, true),
    /**
     * Cosine of the changes from source to output and from caption to caption, see {@link EmbeddingMetrics#direction}.
     */
    CLIP_DIRECTION("CLIPdir", "clip_dir", Unit.NUMBER, true),
    /** As {@link #CLIP_I}, with the image that the output was made from instead of all images of its subject. */
    CLIP_I_INPUT("CLIP-I, input", "clip_i_input", Unit.NUMBER, true),
    /** As {@link #DINO}, with the image that the output was made from instead of all images of its subject. */
    DINO_INPUT("DINO, input", "dino_input", Unit.NUMBER, true),
    /** As {@link #CLIP_T}, with the caption of the whole target instead of that of what the edit has changed. */
    CLIP_T_GLOBAL("CLIP-T, global", "clip_t_global", Unit.NUMBER, true),
    /** Identity retrieval accuracy: the fraction of subjects that are retrieved correctly. */
    IDENTITY("identity", "identity", Unit.PERCENT, true),
    /** Scene accuracy: whether the caption with the target's scene is nearer than with any other scene. */
    SCENE("scene", "scene", Unit.PERCENT, true),
    /** Success rate: whether the instruction was followed. */
    SUCCESS("success rate", "success", Unit.PERCENT, true),
    /** How well a vision-language model says that the instruction was followed, from 0 to 10. */
    JUDGE_SEMANTIC("semantic consistency", "judge_semantic_consistency", Unit.POINTS, true),
    /** How natural and clean the output looks to a vision-language model, from 0 to 10. */
    JUDGE_QUALITY("perceptual quality", "judge_perceptual_quality", Unit.POINTS, true),
    /** Geometric mean of {@link #JUDGE_SEMANTIC} and {@link #JUDGE_QUALITY}. */
    JUDGE_OVERALL("judge, overall", "judge_overall", Unit.POINTS, true),
    /** First criterion of ImgEdit by a vision-language model, from 1 to 5: the instruction was followed. */
    IMGEDIT_FIRST("ImgEdit, 1st", "imgedit_first", Unit.POINTS, true),
    /** Second criterion of ImgEdit, which depends on the type of edit: seamless, or the rest was kept. */
    IMGEDIT_SECOND("ImgEdit, 2nd", "imgedit_second", Unit.POINTS, true),
    /** Third criterion of ImgEdit, which depends on the type of edit: plausible, or well rendered. */
    IMGEDIT_THIRD("ImgEdit, 3rd", "imgedit_third", Unit.POINTS, true),
    /** Mean of the three criteria of ImgEdit. */
    IMGEDIT("ImgEdit", "imgedit", Unit.POINTS, true),
    /** Mean squared error of the denoiser on a held-out example of the training. */
    HELD_OUT_LOSS("held-out loss", "held_out_loss", Unit.NUMBER, false),
    /** Seconds per request. */
    SECONDS("seconds", "seconds", Unit.SECONDS, false);

    private enum Unit {
        NUMBER,
        PERCENT,
        DECIBEL,
        POINTS,
        SECONDS
    }

    private final String title, key;
    private final Unit unit;
    private final boolean higherIsBetter;

    Metric(String title, String key, Unit unit, boolean higherIsBetter) {
        this.title = title;
        this.key = key;
        this.unit = unit;
        this.higherIsBetter = higherIsBetter;
    }

    /** The column header in the reports. */
    public String title() {
        return title;
    }

    /** The name in JSON files. */
    @JsonValue
    public String key() {
        return key;
    }

    /** Whether larger values are better. */
    public boolean higherIsBetter() {
        return higherIsBetter;
    }

    /** The value with its unit, as the reports print it. */
    public String format(double value) {
        if (Double.isInfinite(value)) return "∞";
        return switch (unit) {
            case NUMBER -> String.format(Locale.ROOT, "%.4f", value);
            case PERCENT -> String.format(Locale.ROOT, "%.1f %%", 100 * value);
            case POINTS -> String.format(Locale.ROOT, "%.2f", value);
            case DECIBEL -> String.format(Locale.ROOT, "%.1f dB", value);
            case SECONDS -> String.format(Locale.ROOT, "%.2f s", value);
        };
    }
}
