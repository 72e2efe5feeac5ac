package dev.mige4j.pipeline;

/** The three stages of a request, in order. */
public enum Stage {
    /** Pictures and words become the conditioning; one unit of work a picture and one for the words. */
    ENCODING,
    /** Noise becomes a latent; one unit of work a step of the solver. */
    DENOISING,
    /** The latent becomes a picture; one unit of work a picture. */
    DECODING
}
