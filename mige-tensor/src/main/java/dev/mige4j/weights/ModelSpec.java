package dev.mige4j.weights;

import dev.mige4j.weights.format.Int8Quantization;
import java.util.Set;

/**
 * The tensors that a model folder must contain.
 *
 * @param model tensors of the encoder, the text encoder and the denoiser
 * @param autoencoder tensors of the autoencoder
 * @param configJson content of {@code config.json}
 * @param int8Files the files whose linear layers are stored in int8 ({@link Int8Quantization})
 */
public record ModelSpec(ShapeRecorder model, ShapeRecorder autoencoder, String configJson, Set<String> int8Files) {

    /** Without quantization. */
    public ModelSpec(ShapeRecorder model, ShapeRecorder autoencoder, String configJson) {
        this(model, autoencoder, configJson, Set.of());
    }

    /** With the linear layers of these files in int8. */
    public ModelSpec quantize(Set<String> files) {
        return new ModelSpec(model, autoencoder, configJson, files);
    }
}
