package dev.mige4j.weights;

import dev.mige4j.weights.format.Int8Quantization;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The tensors that a model folder must contain.
 *
 * @param model tensors of the encoder, the text encoder and the denoiser
 * @param autoencoder tensors of the autoencoder
 * @param configJson content of {@code config.json}
 * @param int8Files the files whose linear layers are stored in int8 ({@link Int8Quantization})
 * @param tokenizerCheck throws a {@link dev.mige4j.common.WeightsException} if a tokenizer, given the bytes of its
 *     file, does not fit the model
 */
public record ModelSpec(
        ShapeRecorder model,
        ShapeRecorder autoencoder,
        String configJson,
        Set<String> int8Files,
        Consumer<byte[]> tokenizerCheck) {

    /** Without quantization, with any tokenizer. */
    public ModelSpec(ShapeRecorder model, ShapeRecorder autoencoder, String configJson) {
        this(model, autoencoder, configJson, Set.of(), tokenizer -> {});
    }

    /** With the linear layers of these files in int8. */
    public ModelSpec quantize(Set<String> files) {
        return new ModelSpec(model, autoencoder, configJson, files, tokenizerCheck);
    }
}
