package dev.mige4j.pipeline;

import java.util.Locale;

/** The stages of a request, in order. */
public enum Stage {
    /** The images and the text of the instruction become the conditioning: one unit per image and one for the text. */
    ENCODING,
    /** Noise becomes a latent: one unit per solver step. */
    DENOISING,
    /** Latents become images: one unit per image. */
    DECODING;

    /** The name in lower case, for messages. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
