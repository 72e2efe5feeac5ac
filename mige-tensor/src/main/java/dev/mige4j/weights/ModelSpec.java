package dev.mige4j.weights;

/**
 * The tensors that a model folder must contain.
 *
 * @param model tensors of the encoder, the text encoder and the denoiser
 * @param autoencoder tensors of the autoencoder
 * @param configJson content of {@code config.json}
 */
public record ModelSpec(ShapeRecorder model, ShapeRecorder autoencoder, String configJson) {}
